import { execFileSync } from 'node:child_process'

let made = 0

/**
 * Makes a real ordinary user with a home folder and returns the name. Without subordinate ids
 * nothing rootless can be run as that user.
 */
export function addUser({ subordinateIds }: { subordinateIds: boolean }): string {
  made += 1
  const user = `porthole-t${process.pid}-${made}`
  const none = ['--key', 'SUB_UID_COUNT=0', '--key', 'SUB_GID_COUNT=0']
  execFileSync('useradd', ['--create-home', '--shell', '/bin/sh', ...(subordinateIds ? [] : none), user])
  return user
}

/** Removes a user of {@link addUser} with all files in the home folder. */
export function removeUser(user: string): void {
  execFileSync('userdel', ['--remove', '--force', user], { stdio: 'ignore' })
}
