import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { nextBin, type Generation } from './lab'
import { until } from './until'

/** What a real daemon made of a file. */
export interface Verdict {
  started: boolean
  /** The end of what it wrote. */
  said: string
}

/** A loopback, and a /run where the default socket can be made. */
const OWN_WORLD = 'ip link set lo up && mount -t tmpfs tmpfs /run'

/** Milliseconds after which a daemon that neither answers nor ends counts as not started. */
const LIMIT_MS = 30_000

/**
 * Starts real daemons on files, several at once, each for as long as it takes to answer or to
 * end. They share one containerd, which is what makes a start cheap, and each has mounts and a
 * network of its own, so that bridges and firewall rules are tried and nothing of them is left.
 */
export class Verdicts {
  readonly dir = mkdtempSync(join(tmpdir(), 'porthole-vd-'))
  readonly #path: string
  /** Of the daemon, as it says itself. */
  readonly version: string
  #containerd: ChildProcess | undefined
  #next = 0

  private constructor(readonly generation: Generation) {
    if (generation === 'next' && nextBin === undefined) throw new Error('There is no second dockerd.')
    const bin = generation === 'next' ? nextBin : undefined
    this.#path = `${bin === undefined ? '' : `${bin}:`}${process.env['PATH'] ?? ''}`
    const said = execFileSync('dockerd', ['--version'], { encoding: 'utf8', env: this.#env })
    this.version = /version ([^\s,+]+)/.exec(said)?.[1] ?? 'unknown'
  }

  static async open(generation: Generation): Promise<Verdicts> {
    const verdicts = new Verdicts(generation)
    const { dir } = verdicts
    // A daemon with userns-remap gives up root inside, and must still get in.
    chmodSync(dir, 0o711)
    writeFileSync(
      join(dir, 'containerd.toml'),
      `version = 2
root = "${dir}/ctd"
state = "${dir}/ctd-run"
disabled_plugins = ["io.containerd.grpc.v1.cri"]
[grpc]
  address = "${verdicts.#socket}"
`,
    )
    const child = spawn('containerd', ['--config', join(dir, 'containerd.toml')], {
      env: verdicts.#env,
      stdio: 'ignore',
    })
    verdicts.#containerd = child
    await until('containerd to listen', () => listens(verdicts.#socket))
    return verdicts
  }

  get #socket(): string {
    return join(this.dir, 'ctd.sock')
  }

  get #env(): NodeJS.ProcessEnv {
    return { PATH: this.#path, HOME: '/root', LC_ALL: 'C' }
  }

  /** Of a daemon that ends before it is worth its while to collect garbage. */
  get #shortLived(): NodeJS.ProcessEnv {
    return { ...this.#env, GOGC: 'off' }
  }

  /** Starts a daemon on a file; `flags` come last, after those that keep it in its folder. */
  start(text: string, flags: readonly string[] = []): Promise<Verdict> {
    const dir = join(this.dir, String((this.#next += 1)))
    mkdirSync(dir)
    const file = join(dir, 'daemon.json')
    writeFileSync(file, text)
    const socket = join(dir, 'd.sock')
    const own = ['--config-file', file]
    const add = (key: string, flag: string, value: string): void => {
      // A key that is tried in the file may not be on the command line too.
      if (!text.includes(`"${key}"`)) own.push(flag, value)
    }
    add('hosts', '--host', `unix://${socket}`)
    add('data-root', '--data-root', join(dir, 'data'))
    add('exec-root', '--exec-root', join(dir, 'exec'))
    add('pidfile', '--pidfile', join(dir, 'pid'))
    add('containerd', '--containerd', this.#socket)
    const child = spawn(
      'unshare',
      ['-m', '-n', 'sh', '-c', `${OWN_WORLD} && exec dockerd "$@"`, 'sh', ...own, ...flags],
      { env: this.#shortLived, stdio: ['ignore', 'pipe', 'pipe'], cwd: dir },
    )
    return this.#verdict(child, socket).finally(() => rmSync(dir, { recursive: true, force: true }))
  }

  /** Flags that keep a daemon off the network where the file does not speak of it, and name its socket. */
  quietFlags(text: string): string[] {
    const quiet = [
      ['bridge', '--bridge=none'] as const,
      ['iptables', '--iptables=false'] as const,
      ['ip6tables', '--ip6tables=false'] as const,
      // Without it dockerd waits for a quarter of a minute before it listens on TCP.
      ...(text.includes('"hosts"') ? [['tls', '--tls=false'] as const] : []),
    ]
    return quiet.flatMap(([key, flag]) => (text.includes(`"${key}"`) ? [] : [flag]))
  }

  /**
   * What the daemon says to the file alone: by `--validate`, and where there is none (20.10) by a
   * start that ends at once for its pid file, which is looked at after the file.
   */
  async file(text: string, flags: readonly string[] = []): Promise<Verdict> {
    const place = join(this.dir, String((this.#next += 1)))
    writeFileSync(`${place}.json`, text)
    writeFileSync(`${place}.pid`, String(process.pid))
    const how =
      this.generation === 'next'
        ? ['--validate']
        : ['--pidfile', `${place}.pid`, '--data-root', place, '--exec-root', place]
    const own = ['--config-file', `${place}.json`]
    if (!text.includes('"hosts"')) own.push('--host', `unix://${place}.sock`)
    // 20.10 mounts its data-root before it looks for the pid file: the mount goes with the namespace.
    const child = spawn('unshare', ['-m', 'dockerd', ...how, ...own, ...flags], {
      env: this.#shortLived,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const { code, said } = await collect(child)
    return { started: code === 0 || /pid file found/.test(said), said }
  }

  async #verdict(child: ChildProcess, socket: string): Promise<Verdict> {
    let ended = false
    let said = false
    const end = collect(child, (text) => (said ||= text.includes('API listen on'))).finally(
      () => (ended = true),
    )
    const limit = Date.now() + LIMIT_MS
    let started = false
    while (!ended && !started && Date.now() < limit) {
      // With hosts of the file its own word has to do.
      started = said || (await Promise.race([answers(socket), end.then(() => false), late(limit)]))
      if (!started && !ended) await new Promise((resolve) => setTimeout(resolve, 20))
    }
    if (!ended) child.kill('SIGKILL')
    return { started, said: (await end).said }
  }

  /** Ends containerd and removes the folder. */
  async close(): Promise<void> {
    const child = this.#containerd
    if (child !== undefined && child.exitCode === null) {
      const gone = new Promise((resolve) => child.once('exit', resolve))
      child.kill('SIGTERM')
      await gone
    }
    rmSync(this.dir, { recursive: true, force: true })
  }
}

function late(limit: number): Promise<boolean> {
  return new Promise((resolve) => setTimeout(() => resolve(false), Math.max(0, limit - Date.now())).unref())
}

/**
 * Whether HTTP is answered on the socket. Only an answer counts: a dockerd listens before it has
 * read its configuration to the end, and one that then gives up drops what was connected.
 */
function answers(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const req = request({ socketPath, path: '/_ping' }, (res) => {
      res.resume()
      resolve(true)
    })
    req.on('error', () => resolve(false))
    req.end()
  })
}

/** Whether somebody listens on the socket: containerd speaks HTTP/2 only. */
function listens(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(socketPath)
    socket.on('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.on('error', () => resolve(false))
  })
}

function collect(
  child: ChildProcess,
  heard: (said: string) => void = () => undefined,
): Promise<{ code: number | null; said: string }> {
  return new Promise((resolve) => {
    let said = ''
    const keep = (part: Buffer): void => {
      said = (said + part.toString('utf8')).slice(-4_000)
      heard(said)
    }
    child.stdout?.on('data', keep)
    child.stderr?.on('data', keep)
    child.on('error', (error) => resolve({ code: null, said: error.message }))
    child.on('close', (code) => resolve({ code, said }))
  })
}
