import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { nextBin, type Generation } from './lab'
import { until } from './until'

/** A containerd that no dockerd manages: its own root, state and socket. */
export interface SeparateContainerd {
  pid: number
  dir: string
  state: string
  address: string
  /** Ends it and removes its folders; the dockerd on it must be stopped before. */
  stop(): Promise<void>
}

/** Starts the containerd of a generation by itself, for `dockerd --containerd ADDRESS`. */
export async function startContainerd(generation: Generation): Promise<SeparateContainerd> {
  const base = process.env['PATH'] ?? ''
  const path = generation === 'next' && nextBin !== undefined ? `${nextBin}${delimiter}${base}` : base
  const dir = mkdtempSync(join(tmpdir(), 'porthole-ctd-'))
  const state = join(dir, 'state')
  const address = join(dir, 'c.sock')
  const child = spawn(
    'containerd',
    ['--address', address, '--root', join(dir, 'root'), '--state', state, '--log-level', 'error'],
    { stdio: 'ignore', env: { ...process.env, PATH: path } },
  )
  const { pid } = child
  if (pid === undefined) throw new Error('There is no containerd to start.')
  await until('containerd to listen', () => readFileSync('/proc/net/unix', 'utf8').includes(`${address}\n`))
  return {
    pid,
    dir,
    state,
    address,
    async stop() {
      child.kill('SIGTERM')
      await until('containerd to end', () => child.exitCode !== null || child.signalCode !== null)
      const mounts = readFileSync('/proc/self/mounts', 'utf8')
        .split('\n')
        .map((line) => line.split(' ')[1] ?? '')
        .filter((path) => path.startsWith(`${dir}/`))
      for (const path of mounts.reverse()) execFileSync('umount', ['-l', path])
      rmSync(dir, { recursive: true, force: true })
    },
  }
}
