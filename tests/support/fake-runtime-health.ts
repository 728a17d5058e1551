import type { Handlers, ItemOf } from '../../electron/contract/contract'

const PAST = 120
const PACE_MS = 15_000

const never = (signal: AbortSignal) =>
  new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
const instant = (n: number) => new Date(Date.now() - (PAST - n) * PACE_MS).toISOString()

function healthAt(n: number): ItemOf<'runtime.health'> {
  return {
    seq: n,
    at: instant(n),
    // dockerd was restarted a third of the way in.
    pid: n < PAST / 3 ? 700 : 812,
    cpuPercent: 1.2 + Math.abs(Math.sin(n / 3) * 4 * Math.cos(n / 7)),
    rssBytes: 84_213_760 + Math.round(Math.sin(n / 9) * 3_000_000) + n * 60_000,
    fds: 61 + (n % 7),
    goroutines: 96 + ((n * 5) % 11) + Math.round(n / 4),
    eventListeners: 2 + (n % 3),
  }
}

function metricsAt(n: number): ItemOf<'runtime.metrics'> {
  return {
    seq: n,
    at: instant(n),
    state: 'read',
    address: '127.0.0.1:9323',
    values: {
      containers: { running: 12 + (n % 3), paused: n % 20 === 0 ? 1 : 0, stopped: 3 },
      containerActions: ['create', 'start', 'delete', 'commit'].map((action, index) => ({
        action,
        count: Math.floor((n * (index + 1)) / 3),
        seconds: (n * (index + 1)) / 20,
      })),
      networkActions: ['connect', 'allocate', 'release'].map((action) => ({
        action,
        count: Math.floor(n / 2),
        seconds: n / 90,
      })),
      healthChecks: n * 4,
      healthChecksFailed: Math.floor(n / 10),
      events: n * 9 + (n % 5) * 6,
      builds: Math.floor(n / 12),
      buildsFailed: Math.floor(n / 40),
      goroutines: 96,
      heapBytes: 21_000_000 + (n % 9) * 1_400_000,
      fds: 61,
      rssBytes: 84_213_760,
      cpuSeconds: n * 0.21,
    },
  }
}

/** dockerd's health and metrics over half an hour; part of the FAKE core. */
export function fakeRuntimeHealth(options: {
  connected: boolean
  /** Without `metrics-addr`, as a daemon comes. */
  metrics: boolean
}): Pick<Handlers, 'runtime.health' | 'runtime.metrics'> {
  return {
    async *'runtime.health'({ after = -1 }, { signal }) {
      if (options.connected) for (let n = after + 1; n < PAST; n += 1) yield healthAt(n)
      await never(signal)
    },
    async *'runtime.metrics'({ after = -1 }, { signal }) {
      if (!options.metrics) yield { seq: 0, at: instant(PAST), state: 'off' }
      else if (options.connected) for (let n = after + 1; n < PAST; n += 1) yield metricsAt(n)
      await never(signal)
    },
  }
}
