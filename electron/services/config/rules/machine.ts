import { existsSync, readFileSync, statSync } from 'node:fs'

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

/** A number is looked up too, as an id; for a group it need not be listed. */
function isUnknown(table: 'passwd' | 'group', name: string): boolean {
  if (table === 'group' && /^\d+$/.test(name)) return false
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
