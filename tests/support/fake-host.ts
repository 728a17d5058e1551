import type { ItemOf, OutputOf } from '../../electron/contract/contract'
import { contract } from '../../electron/contract/contract'
import { AppError } from '../../electron/contract/errors'
import type { ClientFrame, HostFrame, Transport } from '../../electron/contract/wire'
import { serve } from '../../electron/rpc/host'
import { fakeCheck, fakeEdit, fakeEffective, fakeFlags, fakeOptions, RICH_FILE } from './fake-config'
import { RECOVERY_SCENES, withRecovery, type BaseHandlers, type RecoveryScene } from './fake-recovery'
import { fakeFlow } from './fake-flow'
import { fakeRecording } from './fake-recording'
import { fakeRuntime } from './fake-runtime'
import { fakeStorage, type StorageScene } from './fake-storage'
import { fakeRuntimeHealth } from './fake-runtime-health'
import { fakeImageContents } from './fake-image-contents'
import { fakeImageList, type ImagesScene } from './fake-image-list'
import { fakeImages } from './fake-images'

/**
 * A FAKE core: the real protocol and the real contract over invented answers. It exists so that
 * the window can be looked at in states that a real daemon is hard to bring into; nothing here
 * says anything about how Porthole or dockerd behave. Every test of behaviour uses a real one.
 */
export type Scene =
  'full' | 'empty' | 'down' | 'denied' | 'loading' | 'reader' | 'broken' | 'remote' | 'unmapped'

type Status = OutputOf<'engine.status'>
type Link = ItemOf<'engine.link'>
type Event = ItemOf<'events.watch'>
type Line = ItemOf<'daemonLog.watch'>

const SOCKET = 'unix:///run/docker.sock'
const iso = (agoMs: number) => new Date(Date.now() - agoMs).toISOString()
const never = (signal: AbortSignal) =>
  new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
const pause = (ms: number, signal: AbortSignal) =>
  new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, ms)
    signal.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true })
  })

function linkOf(scene: Scene): Link {
  const base = { endpoint: SOCKET, source: 'context', context: 'default', since: iso(95_000) } as const
  if (scene === 'down')
    return {
      ...base,
      state: 'unreachable',
      reason: 'refused',
      message: 'Nobody listens on /run/docker.sock: the daemon that made it has ended.',
      hint: 'Start it with: systemctl start docker',
      detail: { path: '/run/docker.sock', service: 'docker' },
      retryAt: new Date(Date.now() + 8_000).toISOString(),
      events: 'waiting',
    }
  if (scene === 'denied')
    return {
      ...base,
      state: 'denied',
      reason: 'permission',
      message: 'This user may not open /run/docker.sock.',
      hint: 'Its group is docker.',
      detail: { path: '/run/docker.sock', group: 'docker', user: 'mara' },
      events: 'waiting',
    }
  return { ...base, state: 'connected', events: 'live' }
}

function statusOf(scene: Scene, debug: boolean): Status {
  const { retryAt: _retryAt, ...link } = linkOf(scene)
  if (link.state !== 'connected') return { ...link, warnings: [] }
  const few = scene === 'empty'
  return {
    ...link,
    engine: {
      id: '7c5e1a2e-52ce-4f0e-9a40-1c6f9a3c1d10',
      name: 'harbour',
      version: '28.5.2',
      apiVersion: '1.51',
      maxApiVersion: '1.51',
      minApiVersion: '1.24',
      os: 'linux',
      arch: 'x86_64',
      kernel: '6.1.0-31-amd64',
      operatingSystem: 'Debian GNU/Linux 12 (bookworm)',
      storageDriver: 'overlay2',
      imageStore: 'graphdriver',
      dataRoot: '/var/lib/docker',
      loggingDriver: 'local',
      cgroupVersion: '2',
      liveRestore: false,
      debug,
      containers: few
        ? { total: 0, running: 0, paused: 0, stopped: 0 }
        : { total: 15, running: 12, paused: 0, stopped: 3 },
      images: few ? 0 : 41,
      defaultRuntime: 'runc',
      runtimes: ['runc', 'crun'],
      containerdVersion: '2.1.4',
      runcVersion: '1.3.2',
      eventListeners: few ? 1 : 3,
      rootless: false,
      desktop: false,
    },
    process: {
      pid: 812,
      startedAt: iso(6 * 86_400_000),
      rssBytes: 84_213_760,
      cpuPercent: 1.2,
      fds: 61,
      goroutines: 96,
      argv: ['/usr/sbin/dockerd', '-H', 'fd://', '--containerd=/run/containerd/containerd.sock'],
      exe: '/usr/sbin/dockerd',
    },
    runtime: {
      containerd: { pid: 640, rssBytes: 41_700_000, managed: false },
      shims: few ? 0 : 12,
    },
    unit: 'docker.service',
    warnings: few ? [] : ['WARNING: No swap limit support'],
  }
}

const CAST = [
  ['container', 'create', 'web'],
  ['network', 'connect', 'bridge'],
  ['volume', 'mount', 'web-data'],
  ['container', 'start', 'web'],
  ['container', 'exec_create: /bin/sh -c curl -f http://localhost/health', 'web'],
  ['container', 'exec_start: /bin/sh -c curl -f http://localhost/health', 'web'],
  ['container', 'exec_die', 'web'],
  ['image', 'tag', 'registry.example/harbour/web:42'],
  ['container', 'die', 'job-7'],
  ['container', 'oom', 'job-7'],
  ['container', 'destroy', 'job-7'],
  ['daemon', 'reload', 'harbour'],
  ['image', 'pull', 'postgres:17'],
] as const

function eventOf(seq: number, agoMs: number): Event {
  const [type, action, name] = CAST[seq % CAST.length] ?? CAST[0]
  const at = Date.now() - agoMs
  const id = `${(seq * 2_654_435_761).toString(16).padStart(12, '3f1c9a')}`.padEnd(64, 'e0a1')
  return {
    seq,
    type,
    action,
    actor: {
      id: type === 'image' ? `sha256:${id}` : id,
      name,
      attributes: {
        name,
        ...(type === 'container'
          ? {
              image: 'registry.example/harbour/web:42',
              'com.docker.compose.project': 'harbour',
              'com.docker.compose.service': name,
            }
          : {}),
        ...(action === 'die' ? { exitCode: '137', execDuration: '86' } : {}),
        ...(type === 'daemon' ? { debug: 'false', 'max-concurrent-downloads': '3' } : {}),
      },
    },
    time: new Date(at).toISOString(),
    timeNano: `${at}000000`,
    healthCheck: action.startsWith('exec_'),
    ...(seq === 31 ? { gapBefore: true } : {}),
  }
}

const LINES: readonly [Line['level'], string, Record<string, string>][] = [
  ['info', 'Starting up', {}],
  ['info', 'Loading containers: start.', {}],
  ['info', 'API listen on /run/docker.sock', {}],
  ['debug', 'handling HEAD request', { method: 'HEAD', module: 'api', 'request-url': '/_ping' }],
  [
    'debug',
    'handling POST request',
    {
      method: 'POST',
      module: 'api',
      'request-url': '/v1.51/containers/create?name=web',
      'form-data': '{"Image":"web:42","Env":["TOKEN=*****"]}',
    },
  ],
  ['debug', 'container mounted via layerStore', { container: '361d0441b2', 'storage-driver': 'overlay2' }],
  ['info', 'connecting to shim 361d0441b2', { namespace: 'moby', protocol: 'ttrpc', version: '3' }],
  ['debug', 'event', { module: 'libcontainerd', namespace: 'moby', topic: '/tasks/start' }],
  ['warning', 'Error getting v2 registry: dial tcp: lookup mirror.example: no such host', {}],
  ['error', 'Handler for POST /v1.51/images/create returned error: manifest unknown', {}],
  ['info', 'Got signal to reload configuration', { 'config-file': '/etc/docker/daemon.json' }],
  ['info', 'Reloaded configuration', { config: '{"debug":false,"max-concurrent-downloads":3}' }],
  [
    'debug',
    'handling GET request',
    { method: 'GET', module: 'api', 'request-url': '/v1.51/containers/json?all=1' },
  ],
]

function lineOf(seq: number, agoMs: number): Line {
  const [level, message, fields] = LINES[seq % LINES.length] ?? ['info', '', {}]
  const time = iso(agoMs)
  const pairs = Object.entries(fields).map(([key, value]) => ` ${key}=${value}`)
  return {
    seq,
    time,
    level,
    message,
    fields,
    source: 'journal docker.service',
    raw: `time="${time}" level=${level} msg="${message}"${pairs.join('')}`,
  }
}

/** What the disk of each scene has to say; the rest has a full one. */
const DISKS: Partial<Record<Scene, StorageScene>> = {
  empty: 'empty',
  denied: 'denied',
  reader: 'denied',
  broken: 'broken',
  remote: 'remote',
  unmapped: 'unmapped',
}

/** What the images of each scene are; the rest has many. */
const IMAGES: Partial<Record<Scene, ImagesScene>> = {
  empty: 'empty',
  broken: 'broken',
  down: 'unreachable',
  denied: 'unreachable',
}

/** The handlers of one scene; each has a daemon.json of its own. */
export function fakeHandlers(scene: Scene): BaseHandlers {
  let text = scene === 'empty' ? '' : RICH_FILE
  let hash = scene === 'empty' ? 'absent' : 'a'.repeat(64)
  let debug = false
  let steps: ((step: ItemOf<'config.progress'>) => void) | undefined
  const watchers = new Set<() => void>()
  const connected = linkOf(scene).state === 'connected'
  const drift = () => (scene === 'full' || scene === 'broken' ? ['max-concurrent-downloads'] : [])
  const busy = scene === 'loading'
  const gate = async (signal: AbortSignal) => {
    if (busy) await never(signal)
  }
  const parse = (): Record<string, unknown> => {
    try {
      return JSON.parse(text === '' ? '{}' : text) as Record<string, unknown>
    } catch {
      return {}
    }
  }
  const firstSeq = 1
  const newest = scene === 'empty' ? 0 : 240

  return {
    ...fakeFlow({ connected, empty: scene === 'empty' }),
    ...fakeRecording(),
    ...fakeImages(),
    ...fakeImageContents(pause),
    ...fakeImageList(IMAGES[scene] ?? 'full', gate, pause),
    ...fakeStorage(DISKS[scene] ?? 'full', gate, pause),
    ...fakeRuntime({ containers: scene === 'empty' ? 0 : 14, gate, connected }),
    ...fakeRuntimeHealth({ connected: connected && !busy, metrics: scene !== 'empty' }),
    'session.get': () =>
      Promise.resolve({
        access: scene === 'reader' ? ['read'] : ['read', 'write', 'admin'],
        carrier: 'websocket',
        version: '0.1.0',
        platform: 'linux',
        instance: 'fake-1',
        user: { name: 'mara', uid: 1000, root: false },
        ...(scene === 'empty'
          ? { sandbox: { socket: '/tmp/porthole/docker.sock', dataRoot: '/tmp/porthole/data', log: '' } }
          : {}),
      }),
    'engine.status': async (_input, { signal }) => {
      await gate(signal)
      return statusOf(scene, debug)
    },
    async *'engine.link'(_input, { signal }) {
      if (!busy) yield linkOf(scene)
      await never(signal)
    },
    async *'engine.vitals'({ everyMs }, { signal }) {
      if (!connected || busy) return await never(signal)
      for (let n = 0; !signal.aborted; n += 1) {
        yield {
          at: iso(0),
          cpuPercent: 1.2 + Math.abs(Math.sin(n / 3) * 4 * Math.cos(n / 7)),
          rssBytes: 84_213_760 + Math.round(Math.sin(n / 9) * 3_000_000),
          fds: 61 + (n % 7),
          goroutines: 96 + ((n * 5) % 11),
        }
        // The past comes at once, so that a picture of the window shows lines.
        if (n > 80) await pause(everyMs, signal)
      }
    },
    'engine.contexts': () =>
      Promise.resolve({
        endpoints: [
          { url: SOCKET, source: 'context', name: 'default', present: true, active: true },
          {
            url: 'unix:///run/user/1000/docker.sock',
            source: 'default',
            name: 'rootless',
            present: false,
            active: false,
          },
          {
            url: 'ssh://mara@build.example',
            source: 'context',
            name: 'build',
            active: false,
            problem: 'Porthole does not speak SSH.',
          },
        ],
      }),
    'engine.use': () => Promise.resolve(linkOf(scene)),
    'config.read': async (_input, { signal }) => {
      await gate(signal)
      const inFile = parse()
      return {
        path: '/etc/docker/daemon.json',
        exists: hash !== 'absent',
        text,
        hash,
        readable: scene !== 'denied',
        writable: scene !== 'denied',
        writeThrough: scene === 'denied' ? 'none' : 'helper',
        ...(hash === 'absent' ? {} : { mode: '0644', modifiedAt: iso(7_200_000) }),
        problems: [],
        effective: fakeEffective(inFile, debug, drift()),
        flags: fakeFlags,
        unit: 'docker.service',
      }
    },
    async *'config.watch'(_input, { signal }) {
      if (busy) return await never(signal)
      while (!signal.aborted) {
        yield { hash, exists: hash !== 'absent', drift: drift() }
        await new Promise<void>((resolve) => {
          watchers.add(resolve)
          signal.addEventListener('abort', () => resolve(), { once: true })
        })
      }
    },
    'config.options': (input) => fakeOptions(input),
    'config.edit': async (input) => fakeEdit(input),
    'config.check': (input) => Promise.resolve(fakeCheck(text, input.text)),
    'config.apply': async (input, { signal }) => {
      if (input.baseHash !== hash)
        throw new AppError('config/changed-underneath', 'daemon.json is not the one you saw.', {
          hint: 'Load it again.',
        })
      const done: ItemOf<'config.progress'>[] = []
      const names = ['authorize', 'check', 'validate', 'backup', 'write', 'activate', 'verify'] as const
      for (const step of names) {
        steps?.({ step, state: 'running', at: iso(0) })
        await pause(120, signal)
        const end = {
          step,
          state: 'done',
          at: iso(0),
          ...(step === 'activate' ? { detail: 'SIGHUP to process 812' } : {}),
          ...(step === 'verify' ? { detail: 'reload event after 0.2 s' } : {}),
        } as const
        done.push(end)
        steps?.(end)
      }
      text = input.text
      hash = 'b'.repeat(64)
      debug = parse()['debug'] === true
      for (const wake of watchers) wake()
      return {
        outcome: 'applied',
        backupId: 'daemon.json.2026-01-02T03-04-05Z',
        evidence: {
          event: { Type: 'daemon', Action: 'reload', Actor: { Attributes: { debug: String(debug) } } },
          log: ['SIGHUP sent to process 812', 'The daemon reload event came after 0.2 s'],
        },
        steps: done,
        hash,
      }
    },
    async *'config.progress'(_input, { signal }) {
      const queue: ItemOf<'config.progress'>[] = []
      let wake: (() => void) | undefined
      steps = (step) => {
        queue.push(step)
        wake?.()
      }
      signal.addEventListener('abort', () => wake?.(), { once: true })
      while (!signal.aborted) {
        const next = queue.shift()
        if (next) yield next
        else await new Promise<void>((resolve) => (wake = resolve))
      }
    },
    async *'events.watch'({ after, hideHealthChecks }, { signal }) {
      if (!connected || busy || scene === 'empty') return await never(signal)
      for (let seq = Math.max(newest, after ?? 0) + 1; !signal.aborted; seq += 1) {
        await pause(900, signal)
        const event = eventOf(seq, 0)
        if (!signal.aborted && !(hideHealthChecks && event.healthCheck)) yield event
      }
    },
    'events.history': async ({ limit, hideHealthChecks }, { signal }) => {
      await gate(signal)
      if (scene === 'broken') throw new AppError('engine/refused', 'The engine refused to list its events.')
      const events: Event[] = []
      for (let seq = newest; seq >= firstSeq && events.length < limit; seq -= 1) {
        const event = eventOf(seq, (newest - seq) * (700 + (seq % 9) * 40))
        if (!(hideHealthChecks && event.healthCheck)) events.push(event)
      }
      return { events, more: false }
    },
    async *'daemonLog.watch'({ after, tail }, { signal }) {
      if (scene === 'denied' || scene === 'empty' || busy) return await never(signal)
      let seq = after ?? Math.max(0, 600 - (tail ?? 0))
      while (seq < 600) yield lineOf((seq += 1), (601 - seq) * 450)
      while (!signal.aborted) {
        await pause(1_100, signal)
        if (!signal.aborted && connected) yield lineOf((seq += 1), 0)
      }
    },
    async *'daemonLog.link'(_input, { signal }) {
      if (!busy) {
        const source = { kind: 'journal', name: 'docker.service' } as const
        if (scene === 'denied')
          yield {
            state: 'denied',
            source,
            looked: [
              { source, found: 'denied' },
              { source: { kind: 'file', name: '/var/log/docker.log' }, found: 'absent' },
            ],
          }
        else
          yield { state: scene === 'empty' ? 'waiting' : 'live', source, looked: [{ source, found: 'used' }] }
      }
      await never(signal)
    },
    async *'sandbox.try'(_input, { signal }) {
      yield fakeSandbox
      await never(signal)
    },
    'sandbox.get': () => Promise.resolve({}),
    'sandbox.close': () => Promise.resolve({ closed: false }),
  }
}

const fakeSandbox: ItemOf<'sandbox.try'> = {
  stage: 'full',
  leftOut: [{ key: 'data-root', why: 'own' }],
  before: { url: SOCKET, context: 'default' },
  at: {
    url: 'unix:///run/porthole-1000-0123abcd/docker.sock',
    configFile: '/run/porthole-1000-0123abcd/daemon.json',
    dataRoot: '/run/porthole-1000-0123abcd/state/data',
    log: '/run/porthole-1000-0123abcd/state/dockerd.log',
    rootless: false,
  },
}

/** Serves a scene over any transport. */
export function serveFake(
  scene: Scene | RecoveryScene,
  transport: Transport<HostFrame, ClientFrame>,
): () => void {
  const base = scene in RECOVERY_SCENES ? RECOVERY_SCENES[scene as RecoveryScene] : (scene as Scene)
  const handlers = withRecovery(scene, fakeHandlers(base))
  return serve({ contract, handlers, log: () => {}, validateOutput: true }, transport, {
    access: new Set(scene === 'reader' ? ['read'] : ['read', 'write', 'admin']),
    carrier: 'websocket',
  })
}
