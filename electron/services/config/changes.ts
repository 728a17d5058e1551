import { isDeepStrictEqual } from 'node:util'
import type { OutputOf } from '../../contract/contract'
import { effectiveMembers, parseDocument, type Document } from './document'
import { findOption, needs, takesEffect } from './options'

export type Change = OutputOf<'config.check'>['changes'][number]

/** What the new text changes against the file as it is, and when each change takes effect. */
export function changesBetween(before: string, after: Document, version: string): Change[] {
  const old = effectiveMembers(parseDocument(before, version))
  const now = effectiveMembers(after)
  const changes: Change[] = []
  for (const key of new Set([...old.keys(), ...now.keys()])) {
    const was = old.get(key)
    const is = now.get(key)
    if (was !== undefined && is !== undefined && isDeepStrictEqual(was.value, is.value)) continue
    const note = noteFor(key, was?.value, is?.value, was !== undefined && is === undefined, now)
    changes.push({
      key,
      ...(was === undefined ? {} : { before: was.value }),
      ...(is === undefined ? {} : { after: is.value }),
      takesEffect: takesEffect(key, version),
      needs: needs(key, version),
      ...(note === undefined ? {} : { note }),
    })
  }
  return changes
}

/** What brings all of the changes into force: the most that one of them needs. */
export function needsOf(changes: readonly Change[]): Change['needs'] {
  return (
    (['restart', 'reload'] as const).find((each) => changes.some(({ needs }) => needs === each)) ?? 'nothing'
  )
}

function noteFor(
  key: string,
  before: unknown,
  after: unknown,
  removed: boolean,
  now: ReadonlyMap<string, { value: unknown }>,
): string | undefined {
  const option = findOption(key)
  if (removed && option?.live === 'kept') {
    const value = option.default === undefined ? '' : ` (${JSON.stringify(option.default)})`
    return `A reload does not undo a removed key: the running value stays until a restart. Write the default${value} instead.`
  }
  if (removed && option?.live === 'reset')
    return 'A reload without the key goes back to the default, even when a flag sets it.'
  if (key === 'debug' && before === true && after === false) {
    const level = now.get('log-level')?.value
    if (typeof level === 'string' && level !== 'info')
      return `Turning debug off sets the running log level to info, not to ${level}, until a restart.`
  }
  if (key === 'features') return 'Only buildkit is live; the other features are read at start.'
  if (key === 'log-driver' || key === 'log-opts') return 'Only containers created after the restart use it.'
  if (key === 'data-root') return 'Nothing is moved: the engine starts empty in the new place.'
  if (key === 'storage-driver' || key === 'userns-remap')
    return 'Images and containers made before disappear from view; they stay on disk.'
  return undefined
}
