import type { MetricsValues } from '.'
import { parseMetrics, type Sample } from './metrics-text'

/** Kinds of actions that are told of each family, as an engine has them; more would be no dockerd's. */
const MAX_ACTIONS = 30
/** Longest name of an action that is taken. */
const MAX_NAME = 60

const SINGLE = {
  healthChecks: 'engine_daemon_health_checks_total',
  healthChecksFailed: 'engine_daemon_health_checks_failed_total',
  events: 'engine_daemon_events_total',
  builds: 'builder_builds_triggered_total',
  goroutines: 'go_goroutines',
  heapBytes: 'go_memstats_heap_alloc_bytes',
  fds: 'process_open_fds',
  rssBytes: 'process_resident_memory_bytes',
  cpuSeconds: 'process_cpu_seconds_total',
} as const
const BUILDS_FAILED = 'builder_builds_failed_total'
const STATES = 'engine_daemon_container_states_containers'
const CONTAINER_ACTIONS = 'engine_daemon_container_actions_seconds'
const NETWORK_ACTIONS = 'engine_daemon_network_actions_seconds'

const WANTED = new Set<string>([
  ...Object.values(SINGLE),
  BUILDS_FAILED,
  STATES,
  ...[CONTAINER_ACTIONS, NETWORK_ACTIONS].flatMap((name) => [`${name}_sum`, `${name}_count`]),
])

/** What is charted of dockerd's metrics; undefined for a text that no dockerd wrote. */
export function readMetrics(text: string): MetricsValues | undefined {
  const samples = parseMetrics(text, (name) => WANTED.has(name))
  if (!samples.some(({ name }) => name.startsWith('engine_daemon_'))) return undefined
  const state = (wanted: string): number =>
    samples.find(({ name, labels }) => name === STATES && labels['state'] === wanted)?.value ?? 0
  const failed = samples.filter(({ name }) => name === BUILDS_FAILED)
  return {
    ...Object.fromEntries(
      Object.entries(SINGLE).flatMap(([key, wanted]) => {
        const found = samples.find(({ name }) => name === wanted)
        return found ? [[key, found.value]] : []
      }),
    ),
    ...(samples.some(({ name }) => name === STATES)
      ? {
          containers: { running: state('running'), paused: state('paused'), stopped: state('stopped') },
        }
      : {}),
    ...(failed.length > 0 ? { buildsFailed: failed.reduce((sum, { value }) => sum + value, 0) } : {}),
    containerActions: actionsOf(samples, CONTAINER_ACTIONS),
    networkActions: actionsOf(samples, NETWORK_ACTIONS),
  }
}

function actionsOf(samples: readonly Sample[], family: string): MetricsValues['containerActions'] {
  const of = (name: string): Map<string, number> =>
    new Map(
      samples
        .filter((sample) => sample.name === name)
        .map(({ labels, value }) => [(labels['action'] ?? '').slice(0, MAX_NAME), value]),
    )
  const seconds = of(`${family}_sum`)
  return [...of(`${family}_count`)]
    .slice(0, MAX_ACTIONS)
    .map(([action, count]) => ({ action, count, seconds: seconds.get(action) ?? 0 }))
}
