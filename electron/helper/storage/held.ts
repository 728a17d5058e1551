import { readdirSync, readlinkSync, statSync, type Stats } from 'node:fs'

/** Every dockerd keeps this file of its data-root open as long as it runs. */
export const VOLUMES_DB = '/volumes/metadata.db'

/** Descriptors of a process; none of one that is gone. */
export function fdsOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`)
  } catch {
    return []
  }
}

/**
 * The folder in which a process has a file open, by the end of the file's path: what it works with,
 * whatever its command line and its file say by now. Undefined where it has none.
 */
export function folderHeldBy(pid: number, end: string): string | undefined {
  for (const fd of fdsOf(pid)) {
    try {
      const path = readlinkSync(`/proc/${pid}/fd/${fd}`)
      if (!path.endsWith(end)) continue
      const [held, named] = [statSync(`/proc/${pid}/fd/${fd}`), statSync(path)]
      // The same file, and not only one of that name in a folder put there meanwhile.
      if (held.ino === named.ino && held.dev === named.dev) return path.slice(0, -end.length)
    } catch {
      // Gone, or in another view of the file system.
    }
  }
  return undefined
}

/** Whether a process has this very file open, whatever its name is. */
export function isHeldBy(pid: number, { ino, dev }: Pick<Stats, 'ino' | 'dev'>): boolean {
  return fdsOf(pid).some((fd) => {
    try {
      const held = statSync(`/proc/${pid}/fd/${fd}`)
      return held.ino === ino && held.dev === dev
    } catch {
      return false
    }
  })
}
