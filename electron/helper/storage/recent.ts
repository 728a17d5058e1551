import { setImmediate } from 'node:timers/promises'
import { readReferences, type References } from './references'
import type { Roots } from './roots'

/** Milliseconds for which the references of a store are good enough to name owners in a list. */
const FRESH_MS = 5_000

let kept: { path: string; at: number; references: Promise<References> } | undefined

/** The references, read anew where the last reading is some seconds old. Never good for a proof. */
export function recentReferences(roots: Roots): Promise<References> {
  const { path } = roots.data
  if (kept?.path === path && performance.now() - kept.at < FRESH_MS) return kept.references
  const references = readReferences(roots, async () => setImmediate(undefined))
  kept = { path, at: performance.now(), references }
  references.catch(() => (kept = undefined))
  return references
}
