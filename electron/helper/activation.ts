import type { ApplyProblem, Evidence, RestartEvidence, StepLog } from './steps'

/** What an attempt to bring a file into force came to. Proven when there is no problem. */
export interface Activated {
  problem?: ApplyProblem
  /** What the daemon wrote about it, one error a line. */
  said: string[]
  evidence: Omit<Evidence, 'log'>
}

/** What became of the engine after the previous file was put back. */
export interface Undone {
  problem?: ApplyProblem
  restart?: RestartEvidence
}

/** A way to bring a file into force, with all it needs made ready before the file is touched. */
export interface Activation {
  /** Does it and waits for the proof. Never throws: a failure is a problem. */
  activate(log: StepLog): Promise<Activated>
  /** The previous file is back: brings the engine back with it. A problem when that failed too. */
  undo(log: StepLog): Promise<Undone>
  close(): void
}
