import { isDeepStrictEqual } from 'node:util'
import type { OutputOf } from '../../contract/contract'
import { noteOf } from './change-notes'
import { effectiveMembers, parseDocument, type Document } from './document'
import { defaultOf, findOption, knows, needs, takesEffect } from './options'

export type Change = OutputOf<'config.check'>['changes'][number]

type Members = ReadonlyMap<string, { value: unknown }>

/** What the new text changes against the file as it is, and when each change takes effect. */
export function changesBetween(before: string, after: Document, version: string): Change[] {
  const old = effectiveMembers(parseDocument(before, version))
  const now = effectiveMembers(after)
  const undo = explicitUndo(old, now, version)
  const changes: Change[] = []
  for (const key of new Set([...old.keys(), ...now.keys()])) {
    const was = old.get(key)
    const is = now.get(key)
    if (was !== undefined && is !== undefined && isDeepStrictEqual(was.value, is.value)) continue
    const features = key === 'features' ? changedFeatures(was?.value, is?.value) : []
    changes.push({
      key,
      ...(was === undefined ? {} : { before: was.value }),
      ...(is === undefined ? {} : { after: is.value }),
      takesEffect: features.includes(IMAGE_STORE) ? 'hides-data' : takesEffect(key, version),
      needs: features.some((name) => name !== LIVE_FEATURE) ? 'restart' : needs(key, version),
      ...(undo.has(key) ? { instead: undo.get(key) } : {}),
      ...noteFor(key, { was, is, now, undo, features }, version),
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

/**
 * For each key that was removed and whose running value a reload keeps: the value to write
 * instead, so that the reload undoes it. Keys whose default is the engine's own choice are left out.
 */
export function explicitUndo(before: Members, after: Members, version: string): Map<string, unknown> {
  const undo = new Map<string, unknown>()
  for (const key of before.keys()) {
    const option = findOption(key)
    if (option?.live !== 'kept' || after.has(key) || !knows(option, version)) continue
    const preset = defaultOf(option, version)
    if (preset !== undefined) undo.set(key, preset)
  }
  return undo
}

/** The one feature that dockerd looks at again after a reload. */
const LIVE_FEATURE = 'buildkit'
const IMAGE_STORE = 'containerd-snapshotter'

function changedFeatures(before: unknown, after: unknown): string[] {
  const [was, is] = [objectOf(before), objectOf(after)]
  return [...new Set([...Object.keys(was), ...Object.keys(is)])].filter((name) => was[name] !== is[name])
}

function objectOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}

interface About {
  was: { value: unknown } | undefined
  is: { value: unknown } | undefined
  now: Members
  undo: ReadonlyMap<string, unknown>
  features: readonly string[]
}

function noteFor(
  key: string,
  { was, is, now, undo, features }: About,
  version: string,
): Partial<ReturnType<typeof noteOf>> {
  if (features.includes(IMAGE_STORE)) return noteOf('features/image-store')
  const waiting = features.filter((name) => name !== LIVE_FEATURE)
  if (waiting.length > 0) return noteOf('features/start', { names: waiting.join(', ') })
  const option = findOption(key)
  if (is === undefined && option !== undefined && knows(option, version)) {
    if (undo.has(key)) return noteOf('removed/kept', { instead: JSON.stringify(undo.get(key)) })
    if (option.live === 'kept') return noteOf('removed/kept-computed')
    if (option.live === 'reset')
      return noteOf('removed/reset', { default: JSON.stringify(defaultOf(option, version)) })
  }
  switch (key) {
    case 'debug': {
      const level = now.get('log-level')?.value
      return was?.value === true && is?.value === false && typeof level === 'string' && level !== 'info'
        ? noteOf('debug/level', { level })
        : {}
    }
    case 'log-driver':
    case 'log-opts':
      return noteOf('log/new-containers')
    case 'data-root':
      return noteOf('data-root/moves-nothing')
    case 'storage-driver':
    case 'userns-remap':
      return noteOf('data/hidden')
    case 'authorization-plugins':
      return noteOf('plugins/first')
    case 'hosts':
      return Array.isArray(is?.value) && is.value.some((host) => String(host).startsWith('fd://'))
        ? {}
        : noteOf('hosts/socket')
    case 'live-restore':
      return is?.value === true ? noteOf('live-restore/swarm') : {}
    default:
      return {}
  }
}
