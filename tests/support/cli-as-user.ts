import { spawn, type ChildProcess } from 'node:child_process'
import { statSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { BUNDLE_ENV } from './bundle'

/** A `porthole` command that an ordinary user runs. */
export interface Run {
  child: ChildProcess
  /** The first line it prints; rejects when it ends without one. */
  firstLine: Promise<string>
  ended: Promise<{ code: number | null; stdout: string; stderr: string }>
}

/** Runs a bundle of the command line as a user, with that user's home and little else. */
export function runAs(
  user: string,
  program: string,
  args: readonly string[],
  env: Record<string, string>,
): Run {
  const home = `/home/${user}`
  const { uid, gid } = statSync(home)
  const child = spawn(process.execPath, [program, ...args], {
    uid,
    gid,
    cwd: '/',
    env: { ...BUNDLE_ENV, PATH: '/usr/local/bin:/usr/bin:/bin', HOME: home, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  const ended = new Promise<Awaited<Run['ended']>>((resolve) =>
    child.on('close', (code) => resolve({ code, stdout, stderr })),
  )
  const firstLine = new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).once('line', resolve)
    void ended.then(({ code }) => reject(new Error(`it ended with ${code}: ${stderr}`)))
  })
  // Who only waits for the end need not hear of a line that never came.
  firstLine.catch(() => undefined)
  return { child, firstLine, ended }
}
