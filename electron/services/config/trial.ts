import { AppError } from '../../contract/errors'
import { tryConfig, type TrialRequest, type TrialResult } from '../../helper/trial'
import { fromHelper, type Privileged } from '../privileged'
import { problemsOf } from './dockerd-says'
import type { Document, Problem } from './document'
import type { CheckResult } from './index'
import { textOf, type ProblemCode, type ValuesOf } from './texts'

/** What a scratch start came to, as `config.check` tells it. */
export interface Tried {
  trial: NonNullable<CheckResult['trial']>
  problems: Problem[]
}

/** No scratch start was made. */
export function notTried<C extends ProblemCode>(code: C, values: ValuesOf<C>): Tried {
  return {
    trial: { verdict: 'skipped', durationMs: 0, leftOut: [], log: [] },
    problems: [{ severity: 'info', ...textOf(code, values), source: 'trial' }],
  }
}

/**
 * Lets a scratch dockerd start with the text: in this process as root, else through the helper, which
 * may ask for a password and serves a running daemon only.
 */
export async function tryDocument(
  document: Document,
  request: Omit<TrialRequest, 'text'>,
  pid: number | undefined,
  privileged: Privileged,
): Promise<Tried> {
  const { text } = document
  try {
    if (privileged.isRoot) return tried(document, await tryConfig({ ...request, text }))
    if (pid === undefined) return notTried('trial/unavailable', { why: 'the engine does not run.' })
    const options = request.signal === undefined ? {} : { signal: request.signal }
    return tried(document, (await privileged.run('trial', { text, pid }, options)) as TrialResult)
  } catch (error) {
    const known = fromHelper(error)
    if (known instanceof AppError) return notTried('trial/unavailable', { why: known.message })
    throw known
  }
}

const LIMIT_SECONDS = '20'

function tried(document: Document, { verdict, durationMs, leftOut, log, message }: TrialResult): Tried {
  const result = (said: 'started' | 'refused' | 'skipped', problems: Problem[]): Tried => ({
    trial: { verdict: said, durationMs, leftOut, log },
    problems,
  })
  switch (verdict) {
    case 'started':
      return result('started', [])
    case 'refused':
      return result('refused', problemsOf(message, document, 'trial'))
    case 'timeout':
      return result('refused', [
        { severity: 'error', ...textOf('trial/timeout', { seconds: LIMIT_SECONDS }), source: 'trial' },
      ])
    case 'unknown':
      return result('skipped', notTried('trial/unavailable', { why: message }).problems)
  }
}
