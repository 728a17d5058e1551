import { readFileSync } from 'node:fs'

/** What /proc/PID/stat and comm say of a process; undefined when it is gone or a zombie. */
export interface ProcessName {
  pid: number
  /** First 15 bytes of the program's name. */
  name: string
  parent: number
  startTicks: string
}

export function processName(pid: number): ProcessName | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The name in parentheses may hold blanks and parentheses itself.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    if (fields[0] === 'Z' || fields[0] === 'X') return undefined
    const name = stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')'))
    return { pid, name, parent: Number(fields[1]), startTicks: fields[19] ?? '' }
  } catch {
    return undefined
  }
}

/** The nearest process above `pid` with this name. */
export function ancestorNamed(pid: number, name: string): ProcessName | undefined {
  let at = processName(pid)
  for (let depth = 0; at !== undefined && at.parent > 1 && depth < 8; depth += 1) {
    at = processName(at.parent)
    if (at?.name === name) return at
  }
  return undefined
}

/** Whether `pid` is `above` or was started below it, a few generations deep. */
export function isWithin(pid: number, above: number): boolean {
  if (above < 2) return false
  let at: number | undefined = pid
  for (let depth = 0; at !== undefined && at > 1 && depth < 8; depth += 1) {
    if (at === above) return true
    at = processName(at)?.parent
  }
  return false
}
