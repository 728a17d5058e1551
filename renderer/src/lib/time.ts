import { dateFormat, numberFormat, relativeFormat } from './intl'

const STEPS = [
  ['second', 60],
  ['minute', 60],
  ['hour', 24],
  ['day', 30],
  ['month', 12],
  ['year', Infinity],
] as const

function scale(ms: number): { value: number; unit: 'second' | 'minute' | 'hour' | 'day' | 'month' | 'year' } {
  let value = Math.max(0, ms / 1000)
  for (const [unit, size] of STEPS) {
    if (value < size) return { value: Math.floor(value), unit }
    value /= size
  }
  return { value: Math.floor(value), unit: 'year' }
}

/** How long ago `then` is, seen from `now` (both milliseconds since 1970): `6 days ago`. */
export function formatAgo(then: number, now: number, locale: string): string {
  const { value, unit } = scale(now - then)
  return relativeFormat(locale, { numeric: 'auto' }).format(-value, unit)
}

/** A length of time in its largest unit: `6 days`. */
export function formatDuration(ms: number, locale: string): string {
  const { value, unit } = scale(ms)
  return numberFormat(locale, { style: 'unit', unit, unitDisplay: 'long' }).format(value)
}

/** How long something took: `0.4 ms`, `12 ms`, `1.3 s`, `4 minutes`. */
export function formatTook(ms: number, locale: string): string {
  if (ms >= 60_000) return formatDuration(ms, locale)
  const [value, unit] = ms < 1_000 ? [ms, 'millisecond'] : [ms / 1_000, 'second']
  const text = numberFormat(locale, {
    style: 'unit',
    unit,
    unitDisplay: 'narrow',
    maximumFractionDigits: value < 10 ? 1 : 0,
  }).format(value)
  // Languages differ in whether a blank stands there and whether a line may break at it.
  return text.replace(/(\d)\s*(\D+)$/, '$1\u00a0$2')
}

/** Date and time of this machine's zone, to the second. */
export function formatAbsolute(time: string | number, locale: string): string {
  const date = new Date(time)
  if (Number.isNaN(date.getTime())) return String(time)
  return dateFormat(locale, { dateStyle: 'medium', timeStyle: 'medium' }).format(date)
}

const two = (value: number) => String(value).padStart(2, '0')

/** `12:04:10.054` in this machine's zone; the same in every language. */
export function formatClock(time: string, withMs = true): string {
  const date = new Date(time)
  if (Number.isNaN(date.getTime())) return time
  const clock = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`
  return withMs ? `${clock}.${String(date.getMilliseconds()).padStart(3, '0')}` : clock
}
