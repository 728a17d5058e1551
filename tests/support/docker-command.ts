import { spawn, type ChildProcess } from 'node:child_process'

export interface Ran {
  /** Exit status, or the signal that ended it. */
  code: number | NodeJS.Signals | null
  stdout: Buffer
  stderr: string
}

export interface RunOptions {
  /** What is written to its standard input, which is then closed. */
  stdin?: Buffer | string
  /** Run it on a terminal of its own (`script`), whose output is `stdout`. */
  terminal?: boolean
  cwd?: string
}

/** The docker command line on an endpoint, without blocking this process: a tap may run in it. */
export function spawnDocker(
  endpoint: string,
  args: readonly string[],
  options: RunOptions = {},
): ChildProcess {
  const env = { ...process.env, DOCKER_BUILDKIT: '0', DOCKER_HOST: endpoint }
  const cwd = options.cwd === undefined ? {} : { cwd: options.cwd }
  if (options.terminal !== true) return spawn('docker', args, { env, ...cwd })
  const quoted = ['docker', ...args].map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ')
  return spawn('script', ['-qec', quoted, '/dev/null'], { env, ...cwd })
}

/** Runs it to its end. */
export function runDocker(endpoint: string, args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const child = spawnDocker(endpoint, args, options)
  const stdout: Buffer[] = []
  let stderr = ''
  child.stdout?.on('data', (part: Buffer) => stdout.push(part))
  child.stderr?.setEncoding('utf8').on('data', (part: string) => (stderr += part))
  // A command that failed early does not read what it is given.
  child.stdin?.on('error', () => undefined)
  // A terminal's input stays open: its end would be typed into it.
  if (options.terminal !== true) child.stdin?.end(options.stdin)
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) =>
      resolve({ code: code ?? signal, stdout: Buffer.concat(stdout), stderr }),
    )
  })
}
