import type { InputOf } from '../../../../electron/contract/contract'
import type { KeyEdit } from './keys'

/** How a text comes into force: by a reload, by a restart (or a start), or at the next start. */
export type Activate = InputOf<'config.apply'>['activate']

/** What can be done to dockerd itself. */
export type EngineAction = 'reload' | 'restart' | 'start' | 'stop'

/** What a change of keys is called. */
export type KeysChange = 'addRuntime' | 'removeRuntime' | 'defaultRuntime' | 'metricsAddress'

/** Something that changes daemon.json or dockerd, on its way into the review. */
export type Proposal =
  /** The reader's own text. */
  | { kind: 'draft' }
  /** Debug on or off in the file as it is. */
  | { kind: 'debug'; on: boolean }
  /** Other keys set in the file as it is. */
  | { kind: 'keys'; change: KeysChange; edit: KeyEdit }
  /** A text of the history put back; `undo` is the last change taken back. */
  | { kind: 'restore'; id: string; which: 'before' | 'after'; at: string; undo?: boolean }
  /** dockerd reloaded, restarted, started or stopped with its file as it is. */
  | { kind: 'engine'; action: EngineAction }
  /** dockerd's unit told to send traces or no longer, and dockerd restarted for it. */
  | { kind: 'traces'; on: boolean }

/** What it does to dockerd while daemon.json stays as it is; undefined for what changes the file. */
export function actionOf(proposal: Proposal): EngineAction | undefined {
  if (proposal.kind === 'traces') return 'restart'
  return proposal.kind === 'engine' ? proposal.action : undefined
}

/** A change under way, as the bottom line tells it while its dialog is put aside. */
export interface Job {
  running: boolean
  /** Key of the text of the present step, or of the end. */
  state: string
}
