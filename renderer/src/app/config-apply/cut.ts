import { until } from '@vueuse/core'
import type { Client } from '../../../../electron/rpc/client'
import type { useConnection } from '../../remote/connection'
import { wait } from '../../remote/backoff'
import { toFailure } from '../../remote/failure'
import type { Act } from './act'
import { endOfEntry, type Ended } from './ended'
import { actionOf } from './proposal'

type Connection = ReturnType<typeof useConnection>

const ASK_EVERY_MS = 1_000
/** A change that has not shown in the history after so many answers was never written. */
const ASK_TIMES = 30

const LOST: Ended = { outcome: 'lost', evidence: { log: [] }, problems: [] }

/**
 * How a change ended whose answer was lost with the connection: the history tells, once the core
 * can be asked again. `lastSeen` is its newest entry from before.
 */
export async function afterCut(
  connection: Connection,
  order: Act,
  lastSeen: string | undefined,
  follow: (client: Client) => void,
): Promise<Ended> {
  let followed: Client | undefined
  for (let without = 0; without < ASK_TIMES;) {
    await until(() => connection.client).toBeTruthy()
    const { client } = connection
    if (!client) continue
    if (client !== followed) follow((followed = client))
    const told = await ask(client, order, lastSeen)
    if (typeof told === 'object') return told
    if (told === 'nothing') without += 1
    await wait(ASK_EVERY_MS, new AbortController().signal)
  }
  return LOST
}

async function ask(
  client: Client,
  order: Act,
  lastSeen: string | undefined,
): Promise<Ended | 'nothing' | 'running' | 'cut'> {
  try {
    if (actionOf(order.proposal) !== undefined) return (await engineIs(client, order)) ? LOST : 'nothing'
    const { entries } = await client.call('config.history', { limit: 1 })
    const [newest] = entries
    return newest && newest.id !== lastSeen ? (endOfEntry(newest) ?? 'running') : 'nothing'
  } catch (error) {
    return toFailure(error).code === 'rpc/disconnected' ? 'cut' : 'nothing'
  }
}

/** Whether dockerd is as it was to become, which is all that can be told without the answer. */
async function engineIs(client: Client, { what }: Act): Promise<boolean> {
  const { state } = await client.call('engine.status', {})
  return what === 'stop' ? state !== 'connected' : state === 'connected'
}
