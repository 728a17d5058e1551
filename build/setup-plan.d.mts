export interface Want {
  packages: string[]
  reason: string
  elsewhere: string
  command?: string
  library?: string
  /** The command alone does not prove it: the package must be there. */
  packageOnly?: boolean
  /** Package that the archive lets it take the place of. */
  replaces?: string
  /** Comes with that package where the archive has none of its own. */
  partOf?: string
  /** Wanted with `--tests` only. */
  tests?: boolean
}
export const wants: Want[]
export function isDebianLike(osRelease: string): boolean
export function systemName(osRelease: string): string
export function packageNames(): string[]
export function planApt(machine: {
  installed: ReadonlySet<string>
  candidates: ReadonlySet<string>
  commands: ReadonlySet<string>
  tests: boolean
}): {
  install: { name: string; reason: string }[]
  unresolved: { names: string[]; reason: string }[]
}
export function planElsewhere(machine: {
  commands: ReadonlySet<string>
  libraries: ReadonlySet<string>
  tests: boolean
}): { name: string; reason: string }[]
export function parsePolicy(text: string): Set<string>
export function parseInstalled(text: string, architecture: string): Set<string>
export function parseLibraries(text: string): Set<string>
