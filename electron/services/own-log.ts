import { appendFileSync, mkdirSync, renameSync, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'

/** Size at which the log is set aside as `porthole.log.1`, in bytes. */
const MAX_BYTES = 2 * 1024 * 1024

/** Where Porthole writes its own log: `$XDG_STATE_HOME/porthole/porthole.log`. */
export function ownLogFile(env: NodeJS.ProcessEnv): string {
  const state = env['XDG_STATE_HOME'] || join(homedir(), '.local', 'state')
  return join(state, 'porthole', 'porthole.log')
}

/**
 * Porthole's own log. The file is only made by the first line; where it cannot be written the
 * line is lost, because a program must not fail for want of its log.
 */
export function createOwnLog(env: NodeJS.ProcessEnv): (line: string) => void {
  let file: string | undefined
  return (line) => {
    try {
      if (file === undefined) {
        file = ownLogFile(env)
        mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
        if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) > MAX_BYTES) renameSync(file, `${file}.1`)
      }
      const text = line.replaceAll(/\s*\n\s*/g, ' | ')
      appendFileSync(file, `${new Date().toISOString()} ${process.pid} ${text}\n`, { mode: 0o600 })
    } catch {
      // Nowhere left to say so.
    }
  }
}
