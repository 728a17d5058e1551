import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

export interface ValidateRequest {
  /** Absolute path of dockerd. */
  binary: string
  /** Command line of the running daemon, program first; its flags can conflict with the file. */
  argv: readonly string[]
  text: string
  /** Path to write in the message instead of the temporary one. */
  path: string
  /** Milliseconds; dockerd answers within a fraction of a second. */
  timeoutMs?: number
}

export interface ValidateResult {
  /** `unknown` when dockerd could not be asked. */
  verdict: 'ok' | 'refused' | 'unknown'
  /** dockerd's own sentence, or why it could not be asked. */
  message: string
}

/**
 * `dockerd --validate` (since 23.0) on the text, with the flags of the running daemon. Needs
 * neither root nor a running daemon; changes nothing.
 */
export async function validateWithDockerd(request: ValidateRequest): Promise<ValidateResult> {
  // Small and local: done at once it costs less than each of its waits would.
  const folder = mkdtempSync(join(tmpdir(), 'porthole-check-'))
  try {
    const file = join(folder, 'daemon.json')
    writeFileSync(file, request.text, { mode: 0o600 })
    const args = ['--validate', '--config-file', file, ...withoutConfigFile(request.argv.slice(1))]
    const { code, output } = await run(request.binary, args, request.timeoutMs ?? 15_000)
    const message = output.replaceAll(file, request.path).trim()
    if (code === 0) return { verdict: 'ok', message }
    if (code === undefined || /unknown flag: --validate/.test(message))
      return { verdict: 'unknown', message: message || 'dockerd gave no answer.' }
    return { verdict: 'refused', message }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Version of a dockerd binary, for example `28.5.2`, or undefined when it does not say. */
export async function dockerdVersion(binary: string): Promise<string | undefined> {
  const { code, output } = await run(binary, ['--version'], 10_000)
  return code === 0 ? /version ([^\s,]+)/.exec(output)?.[1] : undefined
}

/** Arguments without `--config-file`, in both of its spellings. */
export function withoutConfigFile(args: readonly string[]): string[] {
  return args.filter(
    (arg, i) =>
      arg !== '--config-file' && !arg.startsWith('--config-file=') && args[i - 1] !== '--config-file',
  )
}

/** Folders of a system's programs; dockerd looks for docker-proxy on its PATH. */
export const SYSTEM_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

function run(
  binary: string,
  args: readonly string[],
  timeoutMs: number,
): Promise<{ code: number | undefined; output: string }> {
  return new Promise((resolve) => {
    let output = ''
    const child = spawn(binary, args, {
      cwd: '/',
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: timeoutMs,
      killSignal: 'SIGKILL',
      // Nothing of the caller's environment: DOCKER_* would change what dockerd finds.
      env: { PATH: `${dirname(binary)}:${SYSTEM_PATH}`, HOME: process.env['HOME'] ?? '/root', LC_ALL: 'C' },
    })
    const keep = (part: Buffer): void => {
      if (output.length < 64 * 1024) output += part.toString('utf8')
    }
    child.stdout.on('data', keep)
    child.stderr.on('data', keep)
    child.on('error', (error) => resolve({ code: undefined, output: error.message }))
    child.on('close', (code) => resolve({ code: code ?? undefined, output }))
  })
}
