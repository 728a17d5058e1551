import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { connect, type ClientHttp2Session } from 'node:http2'
import type { Socket } from 'node:net'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createDaemonLogService, type DaemonLogService } from '../../electron/services/daemon-log'
import { createEngineService, type EngineService } from '../../electron/services/engine'
import { createEventsService, type EventsService } from '../../electron/services/events'
import { createFlowService, type FlowRequest, type FlowService } from '../../electron/services/flow'
import { runDocker, spawnDocker, type Ran, type RunOptions } from '../support/docker-command'
import { Lab, generations } from '../support/lab'
import { noUnit } from '../support/no-unit'
import { until } from '../support/until'

/** `docker run` at once through the tap. */
const PARALLEL = Number(process.env['PORTHOLE_TEST_TAP_RUNS'] ?? 12)

describe.each(generations)('a tap in front of a real dockerd (%s)', (generation) => {
  let lab: Lab
  let image: string
  let engine: EngineService
  let events: EventsService
  let daemonLog: DaemonLogService
  let flow: FlowService
  let socket: string
  let tapped: string
  const stop = new AbortController()
  const requests = new Map<string, FlowRequest>()

  beforeAll(async () => {
    lab = await Lab.start({ generation, config: '{"debug": true}\n' })
    image = lab.importBusybox()
    const options = {
      endpoint: lab.endpoint,
      daemonLog: lab.logFile,
      env: { PATH: lab.path },
      log: () => undefined,
    }
    engine = createEngineService(options)
    events = createEventsService(engine, options)
    daemonLog = createDaemonLogService({ engine, options, pollMs: 100 })
    flow = createFlowService({ engine, events, daemonLog, options, ...noUnit })
    ;({ socket, endpoint: tapped } = await flow.startTap({}))
    void (async () => {
      for await (const item of flow.requests({}, stop.signal)) requests.set(item.id, item)
    })()
    for await (const { observers } of flow.observers(
      AbortSignal.any([stop.signal, AbortSignal.timeout(60_000)]),
    ))
      if (observers.find(({ kind }) => kind === 'log')?.state === 'on') break
  })
  afterAll(async () => {
    stop.abort()
    await flow.dispose()
    await daemonLog.dispose()
    await events.dispose()
    await engine.dispose()
    expect(existsSync(socket)).toBe(false)
    expect(existsSync(dirname(socket))).toBe(false)
    await lab.stop()
  })

  /** What may differ between two runs of the same command: ids, its side's names, times. */
  const plain = (text: string) =>
    text
      .replaceAll(/-(?:bare|tapd)\b/g, '-S')
      .replaceAll(/\b[0-9a-f]{64}\b/g, 'ID')
      .replaceAll(/\b[0-9a-f]{12}\b/g, 'ID')
      .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME')

  /** Runs a command beside the tap and through it, and expects the same of both. `SIDE` is in its names. */
  async function same(args: string[], options: RunOptions = {}): Promise<Ran> {
    const on = (endpoint: string, side: string) =>
      runDocker(
        endpoint,
        args.map((arg) => arg.replaceAll('SIDE', side)),
        options,
      )
    const [bare, through] = await Promise.all([on(lab.endpoint, 'bare'), on(tapped, 'tapd')])
    const what = args.join(' ')
    expect(through.code, what).toBe(bare.code)
    expect(plain(through.stderr), what).toBe(plain(bare.stderr))
    const [one, other] = [through.stdout.toString('latin1'), bare.stdout.toString('latin1')]
    expect(plain(one) === plain(other), `${what}\n${one.slice(0, 500)}\n${other.slice(0, 500)}`).toBe(true)
    return through
  }

  it('is a socket of this user alone, in a folder of this user alone', () => {
    expect(statSync(socket).mode & 0o777).toBe(0o600)
    expect(statSync(dirname(socket)).mode & 0o777).toBe(0o700)
  })

  it('gives every docker command the same output, bytes and exit status', async () => {
    const noise = randomBytes(300_000)
    const folder = join(lab.dir, 'context')
    mkdirSync(folder)
    writeFileSync(join(folder, 'large'), randomBytes(3_000_000))
    writeFileSync(
      join(folder, 'Dockerfile'),
      `FROM ${image}\nARG PASS\nCOPY large /large\nRUN ["true"]\nLABEL a=b\n`,
    )
    const run = ['run', '--rm', '--network', 'none']
    const ran: Ran[] = []
    const step = async (args: string[], options?: RunOptions) => {
      const result = await same(args, options)
      ran.push(result)
      return result
    }

    await step(['version'])
    await step(['info', '--format', '{{.Driver}} {{.ServerVersion}} {{.Name}}'])
    await step(['image', 'inspect', image])
    await step(['history', '--format', '{{.ID}} {{.Size}} {{.Comment}}', image])
    await step(['create', '--name', 'c-SIDE', '--network', 'none', '-e', 'A=b', image, 'echo', 'made'])
    await step(['inspect', '--format', '{{json .Config.Env}} {{.State.Status}}', 'c-SIDE'])
    await step(['start', '-a', 'c-SIDE'])
    await step(['logs', 'c-SIDE'])
    await step(['rename', 'c-SIDE', 'd-SIDE'])
    await step(['wait', 'd-SIDE'])
    await step(['ps', '-a', '--filter', 'name=d-SIDE', '--format', '{{.Names}} {{.State}} {{.Command}}'])
    await step(['rm', 'd-SIDE'])
    expect((await step([...run, image, 'sh', '-c', 'echo out; echo err >&2; exit 7'])).code).toBe(7)
    expect((await step([...run, '-i', image, 'cat'], { stdin: noise })).stdout.equals(noise)).toBe(true)
    await step([...run, '-t', image, 'echo', 'tty'])
    await step([...run, image, 'no-such-command'])
    await step(['run', '-d', '--name', 'e-SIDE', '--network', 'none', image, 'sleep', '1000'])
    await step(['exec', 'e-SIDE', 'sh', '-c', 'echo in; exit 4'])
    expect((await step(['exec', '-i', 'e-SIDE', 'cat'], { stdin: noise })).stdout.equals(noise)).toBe(true)
    const typed = await step(['exec', '-it', 'e-SIDE', 'sh', '-c', 'echo tty; exit 3'], { terminal: true })
    expect([typed.code, typed.stdout.toString()]).toEqual([3, expect.stringContaining('tty')])
    await step(['exec', '-d', 'e-SIDE', 'true'])
    await step(['create', '-i', '--name', 'a-SIDE', '--network', 'none', image, 'cat'])
    // The end of stdin is the end of one direction only: cat still has to answer.
    expect((await step(['start', '-ai', 'a-SIDE'], { stdin: 'half-closed\n' })).stdout.toString()).toBe(
      'half-closed\n',
    )
    await step(['cp', join(folder, 'large'), 'e-SIDE:/large'])
    const copied = await step(['cp', 'e-SIDE:/large', '-'])
    expect(copied.stdout.includes(readFileSync(join(folder, 'large')))).toBe(true)
    await step(['cp', '-', 'e-SIDE:/'], { stdin: copied.stdout })
    await step(['diff', 'e-SIDE'])
    await step(['top', 'e-SIDE', '-eo', 'comm'])
    await step(['commit', '-c', 'LABEL x=y', 'e-SIDE', 'i-SIDE'])
    await step(['tag', 'i-SIDE', 'j-SIDE'])
    await step(['rmi', 'j-SIDE'])
    await step(['import', '-', 'k-SIDE'], { stdin: copied.stdout })
    await step(['build', '--no-cache', '--build-arg', 'PASS=secret', '-t', 'b-SIDE', '.'], { cwd: folder })
    await step(['build', '-t', 'n-SIDE', '-'], { stdin: 'FROM nowhere:x' })
    await step([
      'run',
      '-d',
      '--name',
      'f-SIDE',
      '--network',
      'none',
      image,
      'sh',
      '-c',
      'for i in 1 2 3; do echo $i; sleep 0.2; done',
    ])
    await step(['logs', '-f', 'f-SIDE'])
    await step(['volume', 'create', 'v-SIDE'])
    await step(['volume', 'inspect', 'v-SIDE', '--format', '{{.Name}} {{.Driver}}'])
    await step(['volume', 'rm', 'v-SIDE', 'w-SIDE'])
    await step(['network', 'inspect', 'none', '--format', '{{.Name}} {{.Driver}}'])
    // dockerd remembers 256 events: what is asked for has to be younger than that.
    const since = (Date.now() / 1000).toFixed(3)
    await step(['kill', 'e-SIDE'])
    await step(['rm', '-f', 'e-SIDE', 'a-SIDE', 'f-SIDE'])
    await step(['inspect', 'nobody'])
    const past = await step(['events', '--since', since, '--until', (Date.now() / 1000).toFixed(3)])
    expect(past.stdout.toString()).toContain('container destroy')
    expect(ran.length).toBeGreaterThanOrEqual(40)
  }, 240_000)

  it('passes an upgrade to HTTP/2 on', async () => {
    expect(await listWorkers(lab.socket)).toEqual(await listWorkers(socket))
  })

  it('sees each request as dockerd’s log does: none is missing, none invented, two sightings are one', async () => {
    const lines = () =>
      lab
        .log()
        .split('\n')
        .filter((line) => /msg="?(?:Calling [A-Z]+ \/|handling [A-Z]+ request")/.test(line))
    // A first request whose line may stand before the reading began is left out of the count.
    await runDocker(tapped, ['volume', 'ls', '-q', '--filter', 'name=mark'])
    const isMark = (text: string) => /name.*mark/.test(text)
    await until('the mark', () => [...requests.values()].some(({ path }) => isMark(path)))
    const before = lines().length
    const seenBefore = new Set(requests.keys())
    await Promise.all([
      ...Array.from({ length: 6 }, () => runDocker(tapped, ['ps', '-aq'])),
      ...Array.from({ length: 4 }, () => runDocker(lab.endpoint, ['ps', '-aq'])),
      runDocker(tapped, ['run', '--rm', '--network', 'none', image, 'true']),
      runDocker(tapped, ['inspect', 'nobody-here']),
    ])
    const fresh = () => [...requests.values()].filter(({ id }) => !seenBefore.has(id))
    const logged = () => fresh().filter(({ observedBy }) => observedBy.includes('log'))
    await until('all lines', () => logged().length >= lines().length - before)
    expect(logged()).toHaveLength(lines().length - before)
    const through = fresh().filter(({ observedBy }) => observedBy.includes('tap'))
    expect(through.filter(({ observedBy }) => !observedBy.includes('log'))).toEqual([])
    expect(through.filter(({ path }) => path.endsWith('/containers/json?all=1'))).toHaveLength(6)
    expect(fresh().filter(({ path }) => path.endsWith('/containers/json?all=1'))).toHaveLength(10)
    expect(through.every(({ state, status }) => state === 'ended' && status !== undefined)).toBe(true)
    const missing = through.find(({ path }) => path.endsWith('/containers/nobody-here/json'))
    expect(missing).toMatchObject({ status: 404, route: '/containers/{id}/json' })
    if (generation === 'next') expect(missing?.error).toBe('No such container: nobody-here')
    expect(JSON.stringify([...requests.values()])).not.toContain('secret')
    for (const { startedAt, durationMs = 0 } of through) {
      expect(Date.parse(startedAt)).toBeGreaterThan(Date.now() - 60_000)
      expect(durationMs).toBeGreaterThanOrEqual(0)
    }
  })

  it('knows who asks', async () => {
    const child = spawnDocker(tapped, ['events', '--filter', 'label=who'])
    const asked = await until('the client', () =>
      [...requests.values()].find(({ client, state }) => state === 'open' && client?.pid === child.pid),
    )
    expect(asked).toMatchObject({ route: '/events', status: 200, client: { process: 'docker' } })
    expect(asked.client?.userAgent).toMatch(/^Docker-Client\//)
    child.kill()
    // dockerd ends its answer once it notices, if the client's end is not the end of the connection first.
    await until('its end', () => requests.get(asked.id)?.state !== 'open')
  })

  it(
    `carries ${PARALLEL} docker runs at once`,
    async () => {
      const all = await Promise.all(
        Array.from({ length: PARALLEL }, (_, i) =>
          runDocker(tapped, ['run', '--rm', '--network', 'none', image, 'echo', `run ${i}`]),
        ),
      )
      expect(all.map(({ code, stdout, stderr }) => [code, stdout.toString(), stderr])).toEqual(
        all.map((_, i) => [0, `run ${i}\n`, '']),
      )
      await until('their connections to end', async () => (await standing()).connections === 0)
      expect((await standing()).blind).toBe(0)
    },
    60_000 + PARALLEL * 5_000,
  )

  it('lets go of a client that was killed in the middle, as dockerd does', async () => {
    const names = ['killed-cat', 'killed-copy']
    const cat = spawnDocker(tapped, [
      'run',
      '--rm',
      '-i',
      '--network',
      'none',
      '--name',
      'killed-cat',
      image,
      'cat',
    ])
    const source = ['run', '-d', '--network', 'none', '--name', 'killed-copy', image]
    await runDocker(lab.endpoint, [...source, 'sh', '-c', 'cat /dev/zero'])
    const copy = spawnDocker(tapped, ['exec', 'killed-copy', 'cat', '/dev/zero'])
    let bytes = 0
    copy.stdout?.on('data', (part: Buffer) => (bytes += part.length))
    cat.stdin?.write('x')
    let echoed = ''
    cat.stdout?.on('data', (part: Buffer) => (echoed += part.toString()))
    await until('both to be in the middle', () => echoed === 'x' && bytes > 10_000_000)
    cat.kill('SIGKILL')
    copy.kill('SIGKILL')
    // Its stdin ended with its client, and so did cat; --rm is the client's daemon's own.
    await until(
      'the container to end',
      () => !lab.docker('ps', '-q', '--no-trunc', '--filter', `name=${names[0] ?? ''}`).trim(),
    )
    await until('the connections to end', async () => (await standing()).connections === 0)
    lab.docker('rm', '-f', 'killed-copy')
    expect((await runDocker(tapped, ['ps', '-q'])).code).toBe(0)
  })

  it('lives on when dockerd is restarted under it', async () => {
    const following = runDocker(tapped, ['events'])
    await until('the events stream', async () => (await standing()).connections > 0)
    await lab.down()
    expect((await following).code).not.toBe(null)
    const refused = await runDocker(tapped, ['ps'])
    expect(refused.code).toBe(1)
    expect(refused.stderr).not.toBe('')
    await lab.up()
    const again = await runDocker(tapped, ['run', '--rm', '--network', 'none', image, 'echo', 'again'])
    expect([again.code, again.stdout.toString()]).toEqual([0, 'again\n'])
    await until('their connections to end', async () => (await standing()).connections === 0)
  })

  it('is refused where something is already, and answered where it stands', async () => {
    expect(await flow.startTap({})).toMatchObject({ socket })
    await expect(flow.startTap({ socket: join(lab.dir, 'other.sock') })).rejects.toMatchObject({
      code: 'flow/tap-running',
    })
  })

  async function standing() {
    return flow.startTap({})
  }
})

/** BuildKit's list of workers over `POST /grpc` with `Upgrade: h2c`, as its clients ask for it. */
async function listWorkers(path: string): Promise<{ status: unknown; body: string }> {
  const raw = await new Promise<Socket>((resolve, reject) => {
    const asked = request({
      socketPath: path,
      method: 'POST',
      path: '/grpc',
      headers: { Connection: 'Upgrade', Upgrade: 'h2c' },
    })
    asked.on('upgrade', (_response, upgraded, head) => {
      // dockerd's first frame may come with its answer.
      upgraded.unshift(head)
      resolve(upgraded)
    })
    asked.on('response', (response) => reject(new Error(`/grpc answered ${response.statusCode ?? 0}`)))
    asked.on('error', reject)
    asked.end()
  })
  const session: ClientHttp2Session = connect('http://docker', { createConnection: () => raw })
  try {
    return await new Promise((resolve, reject) => {
      const call = session.request({
        ':method': 'POST',
        ':path': '/moby.buildkit.v1.Control/ListWorkers',
        'content-type': 'application/grpc',
        te: 'trailers',
      })
      const parts: Buffer[] = []
      let status: unknown
      call.on('trailers', (trailers) => (status = trailers['grpc-status']))
      call.on('data', (part: Buffer) => parts.push(part))
      call.on('end', () => resolve({ status, body: Buffer.concat(parts).toString('hex') }))
      call.on('error', reject)
      session.on('error', reject)
      // An empty message: no compression, no length.
      call.end(Buffer.alloc(5))
    })
  } finally {
    session.destroy()
  }
}
