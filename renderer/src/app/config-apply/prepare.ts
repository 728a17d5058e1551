import type { OutputOf } from '../../../../electron/contract/contract'
import type { Client } from '../../../../electron/rpc/client'
import type { CheckResult, ConfigFile } from './config'
import { withKeys } from './keys'
import { actionOf, type Proposal } from './proposal'

type ServiceState = OutputOf<'engine.service'>
type Drift = ConfigFile['effective'][number]

/** What the review shows before anything is done. */
export interface Prepared {
  before: string
  after: string
  baseHash: string
  check?: CheckResult
  service?: ServiceState
  drift: Drift[]
  /** None of what drifts is live by a reload. */
  driftNeedsRestart: boolean
}

/**
 * Reads the file, makes the new text and has it checked by the engine's own binary.
 * Throws what those requests throw.
 */
export async function prepare(
  client: Client,
  proposal: Proposal,
  draft: { text: string; base: { hash: string } | undefined },
): Promise<Prepared> {
  const [file, service] = await Promise.all([
    client.call('config.read', {}),
    // Without it nothing can be restarted from here, which is an answer too.
    client.call('engine.service', {}).catch(() => undefined),
  ])
  const after = await newText(client, proposal, file, draft.text)
  const untouched = actionOf(proposal) !== undefined
  const unread = untouched && !file.readable
  const check = unread ? undefined : await client.call('config.check', { text: after, depth: 'validate' })
  const drift = untouched ? file.effective.filter((option) => option.drift) : []
  return {
    before: file.text,
    after,
    baseHash: proposal.kind === 'draft' ? (draft.base?.hash ?? file.hash) : file.hash,
    ...(check ? { check } : {}),
    ...(service ? { service } : {}),
    drift,
    driftNeedsRestart: await allNeedRestart(client, drift),
  }
}

async function newText(client: Client, proposal: Proposal, file: ConfigFile, draft: string): Promise<string> {
  switch (proposal.kind) {
    case 'draft':
      return draft
    case 'debug':
      return withKeys(client, file.text, () => ({ debug: proposal.on }))
    case 'keys':
      return withKeys(client, file.text, proposal.edit)
    case 'restore':
      return (await client.call('config.backup', { id: proposal.id, which: proposal.which })).text
    case 'engine':
    case 'traces':
      return file.text
  }
}

async function allNeedRestart(client: Client, drift: readonly Drift[]): Promise<boolean> {
  if (drift.length === 0) return false
  const options = await client.call('config.options', {}).catch(() => [])
  return drift.every(({ key }) => options.find((option) => option.key === key)?.needs === 'restart')
}
