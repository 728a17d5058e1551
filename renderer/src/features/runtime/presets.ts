import type { KeyEdit } from '../../app/config-apply/keys'

/** How a runtime is named to dockerd: by its own program, or by the shim that brings it along. */
export type Means = 'path' | 'runtimeType'

export interface Entry {
  name: string
  means: Means
  value: string
}

/** Runtimes as their makers say to register them. A bare name is looked up on dockerd's PATH. */
export const PRESETS = [
  { id: 'crun', entry: { name: 'crun', means: 'path', value: 'crun' } },
  { id: 'gvisor', entry: { name: 'runsc', means: 'path', value: 'runsc' } },
  { id: 'kata', entry: { name: 'kata', means: 'runtimeType', value: 'io.containerd.kata.v2' } },
  { id: 'youki', entry: { name: 'youki', means: 'path', value: 'youki' } },
  { id: 'nvidia', entry: { name: 'nvidia', means: 'path', value: 'nvidia-container-runtime' } },
  { id: 'own', entry: { name: '', means: 'path', value: '' } },
] as const satisfies readonly { id: string; entry: Entry }[]
export type PresetId = (typeof PRESETS)[number]['id']

/** Docker's own; nobody may register under them. */
const RESERVED = ['runc', 'io.containerd.runc.v2', 'io.containerd.runtime.v1.linux']

/** Why a name cannot be taken; undefined for one that can. */
export function nameFault(
  name: string,
  taken: readonly string[],
): 'shape' | 'reserved' | 'taken' | undefined {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/.test(name)) return 'shape'
  if (RESERVED.includes(name)) return 'reserved'
  return taken.includes(name) ? 'taken' : undefined
}

/** The program that has to be there: that of the runtime, or of the shim containerd makes of its type. */
export function programOf({ means, value }: Entry): string | undefined {
  if (value.startsWith('/')) return value
  if (means === 'path') return /^[A-Za-z0-9][A-Za-z0-9._+-]*$/.test(value) ? value : undefined
  const [, name, version] = /^io\.containerd\.([A-Za-z0-9_-]+)\.(v\d+)$/.exec(value) ?? []
  return name === undefined ? undefined : `containerd-shim-${name}-${version ?? ''}`
}

/** `runtimeType` is understood by 24 and newer. */
export function knowsShims(version: string | undefined): boolean {
  return Number(/^(\d+)\./.exec(version ?? '')?.[1] ?? 0) >= 24
}

export function adding({ name, means, value }: Entry, asDefault: boolean): KeyEdit {
  return ({ runtimes }) => ({
    runtimes: { ...objectOf(runtimes), [name]: { [means]: value } },
    ...(asDefault ? { 'default-runtime': name } : {}),
  })
}

/**
 * Takes a runtime out. A reload keeps what is no longer there, so an empty object is left, and the
 * default that would name nobody becomes runc.
 */
export function removing(name: string): KeyEdit {
  return (present) => ({
    runtimes: Object.fromEntries(
      Object.entries(objectOf(present['runtimes'])).filter(([key]) => key !== name),
    ),
    ...(present['default-runtime'] === name ? { 'default-runtime': 'runc' } : {}),
  })
}

function objectOf(value: unknown): Record<string, never> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, never>)
    : {}
}
