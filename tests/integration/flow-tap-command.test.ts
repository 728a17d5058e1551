import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bundle, BUNDLE_ENV } from '../support/bundle'
import { Lab } from '../support/lab'
import { until } from '../support/until'

const run = promisify(execFile)

/** A `porthole tap` as a person runs it. */
interface Running {
  child: ChildProcess
  out(): string
  err(): string
  /** Its exit status, once it has ended. */
  ended: Promise<number | null>
}

describe('porthole tap', () => {
  let lab: Lab
  let program: string
  let home: string
  let env: Record<string, string>

  const start = async (...args: string[]): Promise<Running> => {
    const child = spawn(process.execPath, [program, 'tap', '--endpoint', lab.endpoint, ...args], {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let [out, err] = ['', '']
    child.stdout.setEncoding('utf8').on('data', (part: string) => (out += part))
    child.stderr.setEncoding('utf8').on('data', (part: string) => (err += part))
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
    await until('the tap’s first line', () => out.includes('\n') || child.exitCode !== null)
    return { child, out: () => out, err: () => err, ended }
  }
  const docker = async (...args: string[]): Promise<string> => (await run('docker', args, { env })).stdout
  const contexts = async (): Promise<string[]> =>
    (await docker('context', 'ls', '--format', '{{.Name}}')).trim().split('\n')

  beforeAll(async () => {
    ;[lab, program] = await Promise.all([Lab.start(), bundle('electron/cli/index.ts', 'porthole')])
    home = mkdtempSync(join(tmpdir(), 'porthole-home-'))
    mkdirSync(join(home, 'run'), { mode: 0o700 })
    env = {
      ...BUNDLE_ENV,
      PATH: lab.path,
      HOME: home,
      XDG_RUNTIME_DIR: join(home, 'run'),
    }
  })
  afterAll(async () => {
    await lab.stop()
    for (const folder of [home, dirname(program)]) rmSync(folder, { recursive: true, force: true })
  })

  it('prints DOCKER_HOST and each request, makes a context, and leaves nothing at its end', async () => {
    const tap = await start('--context', 'through-porthole')
    const host = /^DOCKER_HOST=(unix:\/\/(.+))\n/.exec(tap.out())
    expect(host).not.toBeNull()
    expect(tap.err()).toContain('docker --context through-porthole')
    const bare = await docker('-H', lab.endpoint, 'info', '--format', '{{.ID}}')
    expect(await docker('--context', 'through-porthole', 'info', '--format', '{{.ID}}')).toBe(bare)
    expect(await docker('-H', host?.[1] ?? '', 'info', '--format', '{{.ID}}')).toBe(bare)
    await until(
      'the requests to be printed',
      () => (tap.out().match(/ 200 .* GET {4}\S*\/info /g) ?? []).length === 2,
    )
    // A client that is gone within milliseconds may have no name any more: this one stays for a second.
    await docker('-H', host?.[1] ?? '', 'events', '--until', String(Math.ceil(Date.now() / 1000) + 1))
    await until('its client to be named', () => /\/events.* docker \(\d+\)/.test(tap.out()))

    tap.child.kill('SIGINT')
    expect(await tap.ended).toBe(0)
    expect(existsSync(dirname(host?.[2] ?? ''))).toBe(false)
    expect(await contexts()).toEqual(['default'])
  })

  it('clears up after one that was killed, and takes its context', async () => {
    const killed = await start('--context', 'through-porthole', '--quiet')
    killed.child.kill('SIGKILL')
    await killed.ended
    expect(readdirSync(join(home, 'run'))).toHaveLength(1)
    const tap = await start('--context', 'through-porthole', '--quiet')
    expect(tap.out()).not.toBe(killed.out())
    expect(readdirSync(join(home, 'run'))).toHaveLength(1)
    expect(
      await docker('--context', 'through-porthole', 'version', '--format', '{{.Server.Version}}'),
    ).toMatch(/\d/)
    tap.child.kill('SIGINT')
    expect(await tap.ended).toBe(0)
    expect(readdirSync(join(home, 'run'))).toEqual([])
    expect(await contexts()).toEqual(['default'])
  })

  it('takes no context that is a person’s own', async () => {
    await docker('context', 'create', 'mine', '--docker', `host=${lab.endpoint}`)
    const tap = await start('--context', 'mine')
    expect(await tap.ended).toBe(1)
    expect(tap.err()).toContain('flow/context-failed')
    expect(await docker('context', 'inspect', 'mine')).toContain(lab.endpoint)
    expect(readdirSync(join(home, 'run'))).toEqual([])
  })
})
