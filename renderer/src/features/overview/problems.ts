import type { EngineLink, LogLink } from '../../app/engine'
import type { ConfigFile, Problem } from '../../app/config-apply/config'

/** One thing worth doing something about, and the door to doing it. */
export interface Finding {
  id: string
  severity: 'error' | 'warning' | 'info'
  /** Key of the locale for Porthole's own findings; the engine's warnings bring their text. */
  kind: 'link' | 'file' | 'drift' | 'log-denied' | 'log-none' | 'engine'
  text?: string
  hint?: string
  values?: Record<string, string>
  fix?: 'configuration' | 'daemon-log' | 'reload'
  /** The fault of the file, whose words depend on the reader's language. */
  problem?: Problem
}

const RANK = { error: 0, warning: 1, info: 2 }

/**
 * What is really known to be wrong: the link, faults of daemon.json, drift, an unreadable log,
 * the engine's own warnings. Gravest first; nothing is guessed.
 */
export function findProblems(known: {
  link: EngineLink | undefined
  warnings: readonly string[]
  file: ConfigFile | undefined
  drift: readonly string[]
  log: LogLink | undefined
}): Finding[] {
  const { link, warnings, file, drift, log } = known
  const found: Finding[] = []
  if (link && (link.state === 'unreachable' || link.state === 'denied'))
    found.push({
      id: 'link',
      severity: 'error',
      kind: 'link',
    })
  for (const [index, problem] of (file?.problems ?? []).entries())
    found.push({
      id: `file:${index}`,
      severity: problem.severity,
      kind: 'file',
      problem,
      fix: 'configuration',
    })
  if (drift.length > 0)
    found.push({
      id: 'drift',
      severity: 'warning',
      kind: 'drift',
      values: { keys: drift.join(', ') },
      fix: 'reload',
    })
  if (log?.state === 'denied' || log?.state === 'none')
    found.push({
      id: 'log',
      severity: 'info',
      kind: log.state === 'denied' ? 'log-denied' : 'log-none',
      ...(log.hint === undefined ? {} : { hint: log.hint }),
      fix: 'daemon-log',
    })
  for (const [index, warning] of warnings.entries())
    found.push({
      id: `engine:${index}`,
      severity: 'info',
      kind: 'engine',
      text: warning.replace(/^(WARNING|DEPRECATED):\s*/i, ''),
    })
  return found.sort((a, b) => RANK[a.severity] - RANK[b.severity])
}
