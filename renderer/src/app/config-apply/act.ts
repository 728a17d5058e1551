import type { Client } from '../../../../electron/rpc/client'
import type { useConnection } from '../../remote/connection'
import { toFailure } from '../../remote/failure'
import { afterCut } from './cut'
import { useConfig, type ApplyStep } from './config'
import { endOfApply, endOfLifecycle, mergeStep, mergeSteps, type Ended, type HistoryEntry } from './ended'
import { withKeys } from './keys'
import type { Activate, EngineAction, Proposal } from './proposal'

type Connection = ReturnType<typeof useConnection>

/** Everything that is needed to do what was reviewed. */
export interface Act {
  proposal: Proposal
  what: Activate | EngineAction
  after: string
  baseHash: string
  activate: Activate
  tryFirst: boolean
}

interface Done {
  ended: Ended
  steps: ApplyStep[]
}

/**
 * Does it, with its steps as they happen. When the connection to the core is lost in between, the
 * change goes on there: how it ended is asked for when the connection is back. Throws the coded
 * error of the request.
 */
export async function act(
  connection: Connection,
  order: Act,
  onSteps: (steps: ApplyStep[]) => void,
): Promise<Done> {
  const { client } = connection
  if (!client) throw new Error('There is no connection to Porthole’s core.')
  const stop = new AbortController()
  let steps: ApplyStep[] = []
  const take = (step: ApplyStep): void => {
    steps = mergeStep(steps, step)
    onSteps(steps)
  }
  const before = (await latestEntry(client))?.id
  void follow(client, take, stop.signal)
  try {
    return await send(client, order)
  } catch (error) {
    if (toFailure(error).code !== 'rpc/disconnected') throw error
    return {
      ended: await afterCut(connection, order, before, (next) => void follow(next, take, stop.signal)),
      steps,
    }
  } finally {
    stop.abort()
  }
}

async function send(client: Client, order: Act): Promise<Done> {
  const { proposal, baseHash, activate, tryFirst, what } = order
  if (proposal.kind === 'engine') {
    const name = `engine.${what as EngineAction}` as const
    const result = await client.call(name, {})
    return { ended: endOfLifecycle(result), steps: mergeSteps(result.steps) }
  }
  if (proposal.kind === 'traces') {
    const result = proposal.on
      ? await client.call('flow.sendTraces', {})
      : await client.call('flow.endTraces', {})
    return { ended: endOfLifecycle(result), steps: mergeSteps(result.steps) }
  }
  const how = { baseHash, activate, ...(tryFirst ? { trial: true } : {}) }
  const result =
    proposal.kind === 'restore'
      ? await client.call('config.restore', { id: proposal.id, which: proposal.which, ...how })
      : await client.call('config.apply', { text: order.after, ...how })
  return { ended: endOfApply(result), steps: mergeSteps(result.steps) }
}

async function follow(client: Client, take: (step: ApplyStep) => void, signal: AbortSignal): Promise<void> {
  try {
    for await (const { items } of client.watch('config.progress', {}, { signal })) items.forEach(take)
  } catch {
    // The answer itself tells how it ended; its steps come again with it.
  }
}

/** The newest entry of the history; undefined when there is none, or it cannot be read. */
export async function latestEntry(client: Client | undefined): Promise<HistoryEntry | undefined> {
  try {
    return (await client?.call('config.history', { limit: 1 }))?.entries[0]
  } catch {
    return undefined
  }
}

/** After an applied change: the draft is the file now, or takes the keys over that were set. */
export async function settleDraft(client: Client | undefined, proposal: Proposal): Promise<void> {
  const config = useConfig()
  await config.refresh()
  if (proposal.kind === 'draft') config.discard()
  else if ((proposal.kind === 'debug' || proposal.kind === 'keys') && config.draft !== undefined && client) {
    try {
      const edit = proposal.kind === 'keys' ? proposal.edit : () => ({ debug: proposal.on })
      config.draft = await withKeys(client, config.draft, edit)
      config.rebase()
    } catch {
      // A draft that is no JSON yet stays as it is; the page says that the file changed.
    }
  }
}
