import type { Handlers, OutputOf } from '../../electron/contract/contract'
import { AppError } from '../../electron/contract/errors'

type Process = OutputOf<'runtime.processes'>['processes'][number]
type Container = OutputOf<'runtime.list'>['containers'][number]

const ago = (ms: number) => new Date(Date.now() - ms).toISOString()
const idOf = (index: number) => (index + 0xa1).toString(16).padEnd(64, '3f07c9')

/** Command lines as an attacker would choose them, among honest ones. */
const COMMANDS = [
  'postgres -D /var/lib/postgresql/data',
  'nginx: master process nginx -g daemon off;',
  '<img src=x onerror=alert(1)> \u001b[31mred\u001b[0m\nsecond line',
  'python3 -m http.server --token *****',
  'redis-server *:6379',
  'sleep 1000',
]
const NAMES = [
  'web',
  'db',
  'cache',
  'job-runner',
  'mail',
  'a-very-long-name.of_a-container-that-somebody-gave-it',
]

function processesOf(count: number): Process[] {
  const common = { startedAt: ago(3_900_000), uid: 0, cpuPercent: 0.2 }
  const rows: Process[] = [
    {
      ...common,
      depth: 0,
      pid: 812,
      ppid: 1,
      role: 'dockerd',
      name: 'dockerd',
      command: '/usr/bin/dockerd -H fd:// --containerd=/run/containerd/containerd.sock',
      cpuPercent: 1.4,
      rssBytes: 84_213_760,
    },
    {
      ...common,
      depth: 1,
      pid: 640,
      ppid: 1,
      under: 812,
      role: 'containerd',
      managed: false,
      name: 'containerd',
      command: '/usr/bin/containerd',
      rssBytes: 51_380_224,
    },
  ]
  for (let index = 0; index < count; index += 1) {
    const id = idOf(index)
    const container = { id, name: nameOf(index) }
    const shim = 2_000 + index * 10
    rows.push(
      {
        ...common,
        depth: 2,
        pid: shim,
        ppid: 1,
        under: 640,
        role: 'shim',
        container,
        namespace: 'moby',
        name: 'containerd-shim-runc-v2',
        command: `/usr/bin/containerd-shim-runc-v2 -namespace moby -id ${id} -address /run/containerd/containerd.sock`,
        rssBytes: 12_058_624,
      },
      {
        ...common,
        depth: 3,
        pid: shim + 1,
        ppid: shim,
        under: shim,
        role: 'init',
        container,
        name: COMMANDS[index % COMMANDS.length]?.split(' ')[0] ?? '',
        command: COMMANDS[index % COMMANDS.length] ?? '',
        cpuPercent: index === 1 ? 142.7 : 3.1,
        rssBytes: 48_000_000 * (1 + (index % 4)),
        startedAt: ago(120_000 * (index + 1)),
      },
    )
    if (index % 3 === 1)
      rows.push({
        ...common,
        depth: 4,
        pid: shim + 2,
        ppid: shim + 1,
        under: shim + 1,
        role: 'process',
        container,
        uid: 101,
        name: 'nginx: worker process',
        command: 'nginx: worker process',
        rssBytes: 8_800_000,
      })
  }
  if (count > 0)
    rows.push({
      ...common,
      depth: 1,
      pid: 990,
      ppid: 812,
      under: 812,
      role: 'proxy',
      container: { id: idOf(0), name: nameOf(0) },
      port: {
        protocol: 'tcp',
        hostIp: '0.0.0.0',
        hostPort: 8080,
        containerIp: '172.17.0.2',
        containerPort: 80,
      },
      name: 'docker-proxy',
      command: '/usr/bin/docker-proxy -proto tcp -host-ip 0.0.0.0 -host-port 8080',
      rssBytes: 3_600_000,
    })
  return rows
}

function nameOf(index: number): string {
  const name = NAMES[index % NAMES.length] ?? 'c'
  return index < NAMES.length ? name : `${name}-${index}`
}

function containersOf(count: number): Container[] {
  return Array.from({ length: count }, (_, index): Container => {
    const id = idOf(index)
    const shim = 2_000 + index * 10
    const avg = (avg10: number) => ({ avg10, avg60: avg10 / 2, avg300: avg10 / 5 })
    const bundle = `/run/containerd/io.containerd.runtime.v2.task/moby/${id}`
    return {
      id,
      name: nameOf(index),
      image: index === 2 ? '<b>image</b>:latest' : 'registry.example/app:1.42',
      state: index === 3 ? 'paused' : 'running',
      runtime: index === 4 ? 'crun' : index === 5 ? 'gone' : 'runc',
      pid: shim + 1,
      shimPid: shim,
      bundle,
      stateDir: `/var/run/docker/runtime-runc/moby/${id}`,
      cgroup: {
        version: 2,
        path: `/system.slice/docker-${id}.scope`,
        memory: {
          usedBytes: 48_000_000 * (1 + (index % 4)),
          ...(index % 2 === 0 ? { limitBytes: 268_435_456 } : {}),
          oomKills: index === 1 ? 3 : 0,
        },
        cpu: {
          ...(index % 2 === 0 ? { cpus: 1.5 } : {}),
          weight: 100,
          periods: 31_042,
          throttledPeriods: index === 0 ? 4_210 : 0,
        },
        pids: { current: 7 + index, limit: 512 },
        pressure: {
          cpu: { some: avg(index === 0 ? 41.2 : 0.4), full: avg(0) },
          memory: { some: avg(2.1), full: avg(1.3) },
          io: { some: avg(0), full: avg(0) },
        },
      },
    }
  })
}

type Names =
  'flow.topology' | 'runtime.list' | 'runtime.processes' | 'runtime.bundle' | 'runtime.check' | 'runtime.dump'

function framesOf(call: string, at: string) {
  return [
    { call, at: `/usr/lib/go/src/${at}` },
    { call: 'github.com/docker/docker/daemon.(*Daemon).ContainerStart()', at: '/src/daemon/start.go:40 ' },
  ]
}

/** Invented answers for the runtime's page; part of the FAKE core. */
export function fakeRuntime(options: {
  containers: number
  gate: (signal: AbortSignal) => Promise<void>
  connected: boolean
}): Pick<Handlers, Names> {
  const { gate, connected } = options
  const rows = () => (connected ? processesOf(options.containers) : [])
  const unseen = connected ? [] : (['dockerd', 'engine'] as const)
  return {
    'flow.topology': async (_input, { signal }) => {
      await gate(signal)
      return {
        at: ago(0),
        processes: rows().filter(({ role }) => role !== 'process'),
        sockets: [],
        unseen: [...unseen],
      }
    },
    'runtime.processes': async (_input, { signal }) => {
      await gate(signal)
      return {
        at: ago(0),
        processes: rows(),
        omitted: 0,
        memoryBytes: 16_000_000_000,
        cpus: 8,
        unseen: [...unseen],
      }
    },
    'runtime.list': async (_input, { signal }) => {
      await gate(signal)
      if (!connected) throw new AppError('engine/unreachable', 'Nobody listens on /run/docker.sock.')
      const containers = containersOf(options.containers)
      const using = (name: string) =>
        containers
          .filter(({ runtime }) => runtime === name)
          .map(({ id, name: called }) => ({ id, name: called, running: true }))
      const features = {
        ociVersionMin: '1.0.0',
        ociVersionMax: '1.2.1',
        version: '1.3.3',
        namespaces: ['cgroup', 'ipc', 'mount', 'network', 'pid', 'time', 'user', 'uts'],
        capabilities: 41,
        mountOptions: 63,
        hooks: ['prestart', 'createRuntime', 'createContainer', 'startContainer', 'poststart', 'poststop'],
        cgroup: { v1: true, v2: true, systemd: true, systemdUser: true },
        seccomp: true,
        apparmor: true,
        selinux: false,
        annotations: { 'org.opencontainers.runc.version': '1.3.3' },
      }
      return {
        at: ago(0),
        defaultRuntime: 'runc',
        cgroupDriver: 'systemd',
        runtimes: [
          {
            name: 'crun',
            isDefault: false,
            path: '/usr/bin/crun',
            args: [],
            users: using('crun').length,
            containers: using('crun'),
            missing: false,
          },
          ...(using('gone').length > 0
            ? [
                {
                  name: 'gone',
                  isDefault: false,
                  args: [],
                  users: using('gone').length,
                  containers: using('gone'),
                  missing: true,
                },
              ]
            : []),
          {
            name: 'io.containerd.runc.v2',
            isDefault: false,
            path: 'runc',
            args: [],
            features,
            users: 0,
            containers: [],
            missing: false,
          },
          {
            name: 'runc',
            isDefault: true,
            path: 'runc',
            args: [],
            features,
            users: using('runc').length,
            containers: using('runc'),
            missing: false,
          },
        ],
        containerd: {
          pid: 640,
          version: '2.1.4',
          address: '/run/containerd/containerd.sock',
          managed: false,
          namespaces: { containers: 'moby', plugins: 'plugins.moby' },
          startedAt: ago(3_900_000),
          rssBytes: 51_380_224,
          cpuPercent: 0.2,
        },
        shims: processesOf(options.containers)
          .filter(({ role }) => role === 'shim')
          .map(({ pid, name, startedAt, cpuPercent, rssBytes }) => ({
            pid,
            name,
            startedAt,
            cpuPercent,
            rssBytes,
          })),
        containers,
        omitted: 0,
        unseen: [],
      }
    },
    'runtime.bundle': ({ container }) =>
      Promise.resolve({
        path: `/run/containerd/io.containerd.runtime.v2.task/moby/${container}`,
        text: JSON.stringify(
          {
            ociVersion: '1.2.1',
            process: { args: ['sh', '-c', '<b>hostile</b>'], env: ['PATH=*****', 'TOKEN=*****'], cwd: '/' },
            root: { path: '/var/lib/docker/overlay2/0c/merged' },
          },
          null,
          2,
        ),
        masked: 2,
      }),
    'runtime.check': ({ path }) =>
      Promise.resolve(
        path.includes('gone')
          ? { verdict: 'not-found' }
          : {
              verdict: 'answers',
              path,
              owner: 'root',
              mode: '0755',
              rootsOwn: true,
              said: 'crun version 1.21',
            },
      ),
    'runtime.dump': ({ kind }) =>
      Promise.resolve({
        name: `dockerd-${kind}.${kind === 'goroutines' ? 'txt' : 'pb'}.gz`,
        base64: '',
        truncated: false,
        through: 'api',
        ...(kind === 'goroutines'
          ? {
              goroutines: {
                total: 96,
                groups: [
                  {
                    count: 1,
                    state: 'semacquire',
                    minutes: 41,
                    frames: framesOf('sync.(*Mutex).Lock()', 'daemon/start.go:61'),
                  },
                  {
                    count: 72,
                    state: 'select',
                    minutes: 3,
                    frames: framesOf('<img src=x onerror=alert(1)>', 'daemon/events.go:88'),
                  },
                  {
                    count: 23,
                    state: 'IO wait',
                    minutes: 0,
                    frames: framesOf('internal/poll.runtime_pollWait()', 'netpoll.go:351'),
                  },
                ],
              },
            }
          : {}),
      }),
  }
}
