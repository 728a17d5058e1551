import { isDrawn, perMinute, pointsOf, secondsEach } from './chart-points'
import type { MetricsReading } from './health'
import type { Line } from './LineChart.vue'

/** What a chart's values are, for their words. */
export type Unit = 'count' | 'rate' | 'seconds' | 'bytes'

export interface MetricsChart {
  key: 'containers' | 'actions' | 'actionSeconds' | 'networks' | 'health' | 'events' | 'builds' | 'memory'
  unit: Unit
  lines: Line[]
}

type Family = 'containerActions' | 'networkActions'

/** The charts of dockerd's metrics; what this dockerd does not tell has none. `name` says a line's name. */
export function metricsCharts(
  readings: readonly MetricsReading[],
  name: (key: string) => string,
): MetricsChart[] {
  const read = readings.filter(({ values }) => values !== undefined)
  const value = (key: 'healthChecks' | 'healthChecksFailed' | 'events' | 'builds' | 'buildsFailed') =>
    perMinute(read, ({ values }) => values?.[key])
  const charts: MetricsChart[] = [
    {
      key: 'containers',
      unit: 'count',
      lines: (['running', 'paused', 'stopped'] as const).map((state) => ({
        name: name(state),
        points: pointsOf(read, ({ values }) => values?.containers?.[state]),
      })),
    },
    { key: 'actions', unit: 'rate', lines: actions(read, 'containerActions', 'rate') },
    { key: 'actionSeconds', unit: 'seconds', lines: actions(read, 'containerActions', 'seconds') },
    { key: 'networks', unit: 'rate', lines: actions(read, 'networkActions', 'rate') },
    {
      key: 'health',
      unit: 'rate',
      lines: [
        { name: name('checks'), points: value('healthChecks') },
        { name: name('failed'), points: value('healthChecksFailed') },
      ],
    },
    { key: 'events', unit: 'rate', lines: [{ name: name('events'), points: value('events') }] },
    {
      key: 'builds',
      unit: 'rate',
      lines: [
        { name: name('builds'), points: value('builds') },
        { name: name('failed'), points: value('buildsFailed') },
      ],
    },
    {
      key: 'memory',
      unit: 'bytes',
      lines: [
        { name: name('heap'), points: pointsOf(read, ({ values }) => values?.heapBytes) },
        { name: name('resident'), points: pointsOf(read, ({ values }) => values?.rssBytes) },
      ],
    },
  ]
  return charts.filter(({ lines }) => lines.some(({ points }) => isDrawn(points)))
}

/** A line for each kind of action that happened, by the engine's own names. */
function actions(readings: readonly MetricsReading[], family: Family, what: 'rate' | 'seconds'): Line[] {
  const known = new Set(readings.flatMap(({ values }) => values?.[family].map(({ action }) => action) ?? []))
  return [...known].map((action) => {
    const of = ({ values }: MetricsReading) => values?.[family].find((each) => each.action === action)
    return {
      name: action,
      points: what === 'rate' ? perMinute(readings, (each) => of(each)?.count) : secondsEach(readings, of),
    }
  })
}
