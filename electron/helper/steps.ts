import type { ReloadEvent } from './api'

/** One step of a change of daemon.json, as it begins and as it ends. */
export interface ApplyStep {
  step: 'authorize' | 'check' | 'validate' | 'trial' | 'backup' | 'write' | 'activate' | 'verify' | 'rollback'
  state: 'running' | 'done' | 'failed' | 'skipped'
  /** ISO 8601. */
  at: string
  detail?: string
}

/** Why a file did not come into force. */
export interface ApplyProblem {
  severity: 'error'
  code: string
  message: string
  hint?: string
  detail?: Record<string, string>
  key?: string
  source: 'apply'
}

/** What a restart came to; names of containers that ran before, by what became of them. */
export interface RestartEvidence {
  pidBefore?: number
  pidAfter?: number
  /** From the signal to the first answer of the API, in milliseconds. */
  answeredMs?: number
  kept: string[]
  stopped: string[]
  restarted: string[]
}

export interface Evidence {
  event?: ReloadEvent
  restart?: RestartEvidence
  log: string[]
}

export type OnStep = (step: ApplyStep) => void

/** Steps of one change, told as they happen, and the lines worth reading afterwards. */
export class StepLog {
  readonly steps: ApplyStep[] = []
  readonly log: string[] = []

  constructor(private readonly onStep: OnStep = () => {}) {}

  step(step: ApplyStep['step'], state: ApplyStep['state'], detail?: string): void {
    const entry = { step, state, at: new Date().toISOString(), ...(detail === undefined ? {} : { detail }) }
    this.steps.push(entry)
    this.onStep(entry)
  }

  note(line: string): void {
    this.log.push(line)
  }
}
