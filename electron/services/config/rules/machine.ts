import { existsSync, readFileSync, statfsSync, statSync } from 'node:fs'
import { dirname } from 'node:path'

/** A file the engine opens while it starts. Only its absence is told: rights are not ours to judge. */
export function isMissing(path: string): boolean {
  return path.startsWith('/') && !existsSync(path)
}

/** Whether something lies there that is a folder. */
export function isFolder(path: string): boolean {
  return statOf(path)?.isDirectory() === true
}

/** Whether something lies there that is no folder, so that none can be made. */
export function isOtherThanFolder(path: string): boolean {
  return statOf(path)?.isDirectory() === false
}

/** Magic number of XFS in statfs(2). */
const XFS = 0x58465342

/** Whether a folder lies, or would be made, on a disk with another file system; false when it cannot be told. */
export function isNotOnXfs(path: string): boolean {
  try {
    let at = path
    while (at !== '/' && !existsSync(at)) at = dirname(at)
    return path.startsWith('/') && statfsSync(at).type !== XFS
  } catch {
    return false
  }
}

function statOf(path: string): ReturnType<typeof statSync> | undefined {
  try {
    return path.startsWith('/') ? statSync(path, { throwIfNoEntry: false }) : undefined
  } catch {
    // A folder this user may not enter; dockerd may.
    return undefined
  }
}

/** Whether a user may map ids; true when it cannot be told. */
export function hasSubIds(user: string): boolean {
  try {
    if (new RegExp('^subid:', 'm').test(readFileSync('/etc/nsswitch.conf', 'utf8'))) return true
    const ids = /^\d+$/.test(user) ? namesOf(user) : [user]
    return ['/etc/subuid', '/etc/subgid'].every((table) =>
      readFileSync(table, 'utf8')
        .split('\n')
        .some((line) => ids.includes(line.split(':')[0] ?? '')),
    )
  } catch {
    return true
  }
}

/** A user's number, and the name it has. */
function namesOf(uid: string): string[] {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((each) => each.split(':')[2] === uid)
  return [uid, ...(line === undefined ? [] : [line.split(':')[0] ?? ''])]
}

/** Whether this machine has no such user; false when it cannot be told, for a directory may know more. */
export function isUnknownUser(name: string): boolean {
  return isUnknown('passwd', name)
}

export function isUnknownGroup(name: string): boolean {
  return isUnknown('group', name)
}

/** A number is looked up as an id. */
function isUnknown(table: 'passwd' | 'group', name: string): boolean {
  try {
    if (!onlyFiles(table)) return false
    const column = /^\d+$/.test(name) ? 2 : 0
    return !readFileSync(`/etc/${table}`, 'utf8')
      .split('\n')
      .some((line) => line !== '' && line.split(':')[column] === name)
  } catch {
    return false
  }
}

/** Whether accounts come from this machine's own files; `systemd` adds those of running services only. */
function onlyFiles(table: string): boolean {
  const line =
    new RegExp(`^${table}:(.*)$`, 'm').exec(readFileSync('/etc/nsswitch.conf', 'utf8'))?.[1] ?? 'files'
  return line
    .trim()
    .split(/\s+/)
    .every((source) => ['files', 'systemd', 'compat'].includes(source))
}
