import { spawn, type ChildProcess } from 'node:child_process'
import { readFileSync, readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** The repository. */
export const root = fileURLToPath(new URL('../..', import.meta.url))

/** The built command line. */
export const porthole = fileURLToPath(new URL('../../out/cli/porthole.cjs', import.meta.url))

/** One figure beside its peer, and what is asked of it. */
export interface Figure {
  what: string
  /** Porthole's own, for people. */
  porthole: string
  /** The peer's, for people. */
  peer: string
  target: string
  /** What the target is compared with. */
  value: number
  met: boolean
}

export interface Spread {
  median: number
  min: number
  max: number
}

export function spread(values: number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length / 2
  const at = (index: number) => sorted[index] ?? Number.NaN
  return {
    median: Number.isInteger(middle) ? (at(middle - 1) + at(middle)) / 2 : at(Math.floor(middle)),
    min: at(0),
    max: at(sorted.length - 1),
  }
}

/** `median (min–max) unit` */
export function show(values: Spread, unit: string): string {
  return `${Math.round(values.median)} (${Math.round(values.min)}–${Math.round(values.max)}) ${unit}`
}

/** Wall-clock milliseconds of one run of a command, from spawn to exit. Throws when it fails. */
export function timeCommand(command: string, args: string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const began = performance.now()
    const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'] })
    let stderr = ''
    child.stderr.setEncoding('utf8').on('data', (part: string) => (stderr += part))
    child.on('error', reject)
    child.on('exit', (code) => {
      const took = performance.now() - began
      if (code === 0) resolve(took)
      else
        child.stderr.once('close', () =>
          reject(new Error(`${command} ${args.join(' ')} ended with ${code}: ${stderr.trim()}`)),
        )
    })
  })
}

/** A process and everything it started, by pid. */
export function processTree(pid: number): number[] {
  const parents = new Map<number, number>()
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue
    try {
      // The name in parentheses may hold anything; the parent is the second field behind it.
      const stat = readFileSync(`/proc/${entry}/stat`, 'utf8')
      const parent = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]
      parents.set(Number(entry), Number(parent))
    } catch {
      // It ended meanwhile.
    }
  }
  const tree = [pid]
  for (const known of tree) for (const [child, parent] of parents) if (parent === known) tree.push(child)
  return tree
}

/** Resident memory of a process tree in bytes, shared pages counted once (PSS). */
export function treeMemory(pid: number): number {
  let bytes = 0
  for (const member of processTree(pid)) {
    try {
      const kib = /^Pss:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${member}/smaps_rollup`, 'utf8'))?.[1]
      bytes += Number(kib ?? 0) * 1024
    } catch {
      // It ended meanwhile.
    }
  }
  return bytes
}

/** Ends a process and what it started, and waits until it is gone. */
export async function end(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  const gone = new Promise((resolve) => child.once('exit', resolve))
  const tree = processTree(child.pid)
  child.kill('SIGTERM')
  const limit = setTimeout(() => {
    for (const pid of tree) {
      try {
        process.kill(pid, 'SIGKILL')
      } catch {
        // It ended by itself.
      }
    }
  }, 5_000)
  await gone
  clearTimeout(limit)
}
