import { spawn, execFileSync, type ChildProcess } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer as createHttpServer } from 'node:http'
import { createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'vite'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { createEngineService, type EngineLink, type EngineService } from '../../electron/services/engine'
import { ChaosProxy } from '../support/chaos-proxy'
import { Lab, generations } from '../support/lab'
import { RecordedEngine } from '../support/recorded/recorded-engine'
import { until } from '../support/until'

const never = new AbortController().signal
let dir: string
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'porthole-fail-'))
  chmodSync(dir, 0o755)
})
afterAll(() => rmSync(dir, { recursive: true, force: true }))

function engineAt(endpoint: string, env: NodeJS.ProcessEnv = {}): EngineService {
  const engine = createEngineService({ endpoint, env, log: () => undefined })
  onTestFinished(() => engine.dispose())
  return engine
}

async function linkAt(endpoint: string): Promise<EngineLink> {
  const engine = engineAt(endpoint)
  const status = await engine.status(never)
  expect(status.engine).toBeUndefined()
  return engine.link
}

async function serve(server: Server, at: string | number): Promise<void> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => sockets.add(socket))
  await new Promise<void>((resolve) => server.listen(at, resolve))
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => server.close(resolve))
  })
}

/** Leaves a socket file that nobody listens on, as a killed program does. */
function orphanSocket(path: string): void {
  const script = `require('net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`
  try {
    execFileSync(process.execPath, ['-e', script])
  } catch {
    // It was killed, as intended.
  }
  expect(existsSync(path)).toBe(true)
}

describe('a link that cannot be had', () => {
  it('says that there is no socket', async () => {
    expect(await linkAt(`unix://${dir}/none.sock`)).toMatchObject({
      state: 'unreachable',
      reason: 'no-socket',
      detail: { path: `${dir}/none.sock` },
      hint: expect.any(String),
      retryAt: expect.any(String),
    })
    expect(await linkAt(`unix://${dir}/no/folder.sock`)).toMatchObject({ reason: 'no-socket' })
  })

  it('says that nobody listens', async () => {
    const path = join(dir, 'orphan.sock')
    orphanSocket(path)
    expect(await linkAt(`unix://${path}`)).toMatchObject({ state: 'unreachable', reason: 'refused' })
    expect(await linkAt('tcp://127.0.0.1:9')).toMatchObject({ state: 'unreachable', reason: 'refused' })
    writeFileSync(join(dir, 'plain-file'), '')
    expect(await linkAt(`unix://${dir}/plain-file`)).toMatchObject({ reason: 'refused' })
  })

  it('says that the listener is silent', async () => {
    const path = join(dir, 'silent.sock')
    await serve(createServer(), path)
    expect(await linkAt(`unix://${path}`)).toMatchObject({ state: 'unreachable', reason: 'silent' })
  })

  it.each([
    ['a web server', 'HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<html>'],
    ['garbage', '\u0000\u0001 this is no HTTP at all\r\n\r\n'],
    ['an endless header', `HTTP/1.1 200 OK\r\nX-A: ${'a'.repeat(100_000)}\r\n\r\n`],
    ['JSON of something else', 'HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\n{}'],
    ['a version that is no JSON', 'HTTP/1.1 200 OK\r\nApi-Version: 1.41\r\nContent-Length: 2\r\n\r\nOK'],
  ])('says that %s is not Docker', async (_what, answer) => {
    const path = join(dir, 'other.sock')
    await serve(
      createServer((socket) => socket.on('error', () => undefined).on('data', () => socket.end(answer))),
      path,
    )
    expect(await linkAt(`unix://${path}`)).toMatchObject({ state: 'unreachable', reason: 'not-docker' })
  })

  it('says that TLS failed', async () => {
    const server = createHttpServer((_request, response) => response.end('OK'))
    await serve(server, 0)
    const { port } = server.address() as { port: number }
    expect(await linkAt(`https://127.0.0.1:${port}`)).toMatchObject({ reason: 'tls' })
  })

  it('refuses addresses it does not speak, with a way out', async () => {
    for (const endpoint of [
      'ssh://me@host',
      'npipe:////./pipe/docker_engine',
      'nonsense',
      '',
      'unix://relative',
    ])
      expect(await linkAt(endpoint)).toMatchObject({
        state: 'unreachable',
        reason: 'bad-endpoint',
        hint: expect.any(String),
      })
    await expect(engineAt('ssh://me@host').docker()).rejects.toMatchObject({ code: 'engine/bad-endpoint' })
  })

  it('refuses engines without a common API version', async () => {
    const path = join(dir, 'old.sock')
    const old = await RecordedEngine.start(path, { max: '1.40', min: '1.12', engine: '19.03.15' })
    expect(await linkAt(`unix://${path}`)).toMatchObject({
      reason: 'too-old',
      detail: { version: '19.03.15' },
    })
    await old.stop()
    const future = await RecordedEngine.start(path, { max: '1.70', min: '1.60', engine: '35.0.0' })
    onTestFinished(() => future.stop())
    const engine = engineAt(`unix://${path}`)
    expect(await engine.status(never)).toMatchObject({ reason: 'too-old', hint: 'Update Porthole.' })
    await expect(engine.docker()).rejects.toMatchObject({ code: 'engine/too-old' })
  })

  it('connects by itself when the socket appears', async () => {
    const path = join(dir, 'later.sock')
    const engine = engineAt(`unix://${path}`)
    engine.start()
    expect((await engine.settled()).reason).toBe('no-socket')
    const recorded = await RecordedEngine.start(path)
    onTestFinished(() => recorded.stop())
    await until('the link', () => engine.link.state === 'connected')
    expect(engine.link.reason).toBeUndefined()
  })
})

describe('recorded answers of Docker 29', () => {
  it.each([
    [{}, '1.51', '1.40'],
    [{ max: '1.52', min: '1.44', engine: '29.0.0' }, '1.51', '1.44'],
  ])('negotiates with %j', async (versions, spoken, min) => {
    const path = join(dir, 'recorded.sock')
    const recorded = await RecordedEngine.start(path, versions)
    onTestFinished(() => recorded.stop())
    const engine = engineAt(`unix://${path}`)
    const status = await engine.status(never)
    expect(status).toMatchObject({
      state: 'connected',
      engine: {
        apiVersion: spoken,
        minApiVersion: min,
        imageStore: 'containerd',
        storageDriver: 'overlayfs',
      },
      warnings: [expect.stringContaining('cgroup v1')],
    })
    await (await engine.http()).get('/nothing')
    expect(recorded.asked).toContain(`/v${spoken}/nothing`)
  })
})

describe('an ordinary user in front of a closed socket', () => {
  let user: string
  let bundle: string
  beforeAll(async () => {
    user = `porthole${process.pid % 100_000}`
    execFileSync('useradd', ['--no-create-home', '--shell', '/bin/sh', user])
    bundle = join(dir, 'bundle')
    mkdirSync(bundle)
    await build({
      configFile: false,
      logLevel: 'error',
      build: {
        outDir: bundle,
        emptyOutDir: false,
        lib: { entry: 'electron/services/engine/index.ts', formats: ['es'], fileName: () => 'engine.mjs' },
        rollupOptions: { external: [/^node:/, 'dockerode', 'zod'] },
      },
    })
    writeFileSync(
      join(bundle, 'link.mjs'),
      `import { createEngineService } from './engine.mjs'
const engine = createEngineService({ endpoint: process.argv[2], env: {}, log: () => undefined })
engine.onLink((link) => {
  console.log(JSON.stringify(link))
  if (link.state === 'connected') process.exit(0)
})
engine.start()
setInterval(() => undefined, 60_000)
`,
    )
    chmodSync(bundle, 0o755)
  })
  afterAll(() => {
    // A rootless daemon of another test may have a process in the range of its ids.
    execFileSync('userdel', ['--force', user], { stdio: 'ignore' })
  })

  function linkAs(path: string): { child: ChildProcess; links: EngineLink[] } {
    const links: EngineLink[] = []
    const child = spawn(
      'setpriv',
      [
        `--reuid=${user}`,
        `--regid=${user}`,
        '--clear-groups',
        process.execPath,
        join(bundle, 'link.mjs'),
        `unix://${path}`,
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    )
    onTestFinished(() => void child.kill())
    let text = ''
    child.stdout.on('data', (part: Buffer) => {
      text += part.toString()
      const lines = text.split('\n')
      text = lines.pop() ?? ''
      for (const line of lines) links.push(JSON.parse(line) as EngineLink)
    })
    return { child, links }
  }

  it('is denied, hears why, and is let in as soon as the mode allows it', async () => {
    const path = join(dir, 'closed.sock')
    const recorded = await RecordedEngine.start(path)
    onTestFinished(() => recorded.stop())
    const gid = execFileSync('id', ['-g', 'daemon'], { encoding: 'utf8' }).trim()
    execFileSync('chown', [`root:${gid}`, path])
    chmodSync(path, 0o000)
    const { links } = linkAs(path)
    await until('the denial', () => links.length > 0)
    expect(links[0]).toMatchObject({
      state: 'denied',
      reason: 'permission',
      detail: { path, group: 'daemon', user },
      hint: expect.stringContaining(`usermod -aG daemon ${user}`),
    })
    expect(links[0]?.hint).toContain('equals root')
    chmodSync(path, 0o666)
    await until('the link', () => links.at(-1)?.state === 'connected')
  })
})

describe.each(generations)('a spoilt connection to a real dockerd (%s)', (generation) => {
  let lab: Lab
  let proxy: ChaosProxy
  beforeAll(async () => {
    lab = await Lab.start({ generation })
    proxy = await ChaosProxy.start(join(lab.dir, 'proxy.sock'), lab.socket)
  })
  afterAll(async () => {
    await proxy.away()
    await lab.stop()
  })

  it('survives a cut without leaving the connected state for long', async () => {
    const engine = engineAt(proxy.endpoint)
    engine.start()
    await engine.settled()
    const before = proxy.accepted
    proxy.cut()
    await until('a new connection', () => proxy.accepted > before && engine.link.state === 'connected')
    expect((await engine.status(never)).engine?.dataRoot).toBe(lab.dataRoot)
  })

  it('notices a stall and its end', async () => {
    const engine = engineAt(proxy.endpoint)
    engine.start()
    await engine.settled()
    proxy.stall()
    await until('the silence', () => engine.link.reason === 'silent')
    await expect(engine.docker()).rejects.toMatchObject({ code: 'engine/unreachable' })
    proxy.resume()
    await until('the link', () => engine.link.state === 'connected')
  })

  it('notices garbled answers and their end', async () => {
    const engine = engineAt(proxy.endpoint)
    proxy.garble((chunk) => Buffer.from(chunk.map((byte) => byte ^ 0x55)))
    engine.start()
    expect((await engine.settled()).reason).toBe('not-docker')
    proxy.garble(undefined)
    await until('the link', () => engine.link.state === 'connected')
  })

  it('turns to another known endpoint and refuses unknown ones', async () => {
    const contexts = join(dir, `docker-${generation}`)
    const { createHash } = await import('node:crypto')
    const id = createHash('sha256').update('direct').digest('hex')
    mkdirSync(join(contexts, 'contexts/meta', id), { recursive: true })
    writeFileSync(
      join(contexts, 'contexts/meta', id, 'meta.json'),
      JSON.stringify({ Name: 'direct', Metadata: {}, Endpoints: { docker: { Host: lab.endpoint } } }),
    )
    const engine = engineAt(`unix://${dir}/none.sock`, { DOCKER_CONFIG: contexts })
    engine.start()
    expect((await engine.settled()).reason).toBe('no-socket')
    expect(engine.moved).toBe(false)
    await expect(engine.use({ url: 'tcp://192.0.2.1:2375' })).rejects.toMatchObject({
      code: 'engine/bad-endpoint',
    })
    expect(await engine.use({ url: lab.endpoint, name: 'direct' })).toMatchObject({
      state: 'connected',
      source: 'chosen',
      context: 'direct',
    })
    expect(engine.moved).toBe(true)
    const { endpoints } = await engine.contexts()
    expect(endpoints.find((entry) => entry.active)).toMatchObject({ name: 'direct', url: lab.endpoint })
    expect((await engine.process())?.pid).toBe(lab.pid)
  })
})
