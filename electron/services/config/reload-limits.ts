import type { Change } from './changes'
import { effectiveMembers, type Document, type Problem } from './document'
import { findOption } from './options'
import type { Target } from './target'

/**
 * What a reload of this file cannot do, or does beside what was asked: keys that wait for a
 * restart, removed ones whose running value stays, and flags that every reload sets back.
 */
export function limitsOfReload(document: Document, changes: readonly Change[], target: Target): Problem[] {
  const waiting = changes.filter((change) => change.needs === 'restart').map((change) => change.key)
  const kept = changes
    .filter((change) => change.after === undefined && findOption(change.key)?.live === 'kept')
    .map((change) => change.key)
  const members = effectiveMembers(document)
  const reset = target.flags.flatMap(({ key }) =>
    key !== undefined && findOption(key)?.live === 'reset' && !members.has(key) ? [key] : [],
  )
  return [
    ...said('info', 'apply/waits-for-restart', waiting, 'Read at the next start of the engine only'),
    ...said('warning', 'apply/kept-until-restart', kept, 'Removed, and still in force until a restart'),
    ...said(
      'warning',
      'apply/flag-reset',
      [...new Set(reset)],
      'Set by a flag, and set back to the default by every reload',
    ),
  ]
}

function said(severity: 'info' | 'warning', code: string, keys: readonly string[], what: string): Problem[] {
  if (keys.length === 0) return []
  const list = keys.join(', ')
  return [{ severity, code, message: `${what}: ${list}.`, detail: { keys: list }, source: 'apply' }]
}
