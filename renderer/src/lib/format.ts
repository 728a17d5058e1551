import { numberFormat } from './intl'

const BYTE_UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte', 'petabyte'] as const

/** Bytes in the powers of 1000 that Docker uses, three significant digits: `84.2 MB`. */
export function formatBytes(bytes: number, locale: string): string {
  if (!Number.isFinite(bytes)) return '—'
  let power = 0
  let value = bytes
  while (Math.abs(value) >= 999.5 && power < BYTE_UNITS.length - 1) {
    value /= 1000
    power += 1
  }
  const text = numberFormat(locale, {
    style: 'unit',
    unit: BYTE_UNITS[power] ?? 'byte',
    unitDisplay: power === 0 ? 'narrow' : 'short',
    maximumSignificantDigits: 3,
  }).format(value)
  // Languages differ in whether a blank stands there and whether a line may break at it.
  return text.replace(/(\d)\s*(\D+)$/, '$1\u00a0$2')
}

/** A share of one CPU: `1.2 %`. */
export function formatPercent(value: number, locale: string): string {
  const digits = Math.abs(value) >= 100 ? 0 : 1
  const number = numberFormat(locale, {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  }).format(value)
  return `${number}\u00a0%`
}

/** A whole number with the language's grouping. */
export function formatNumber(value: number, locale: string): string {
  return numberFormat(locale).format(value)
}

/** A share of a second: `0.4`. */
export function formatRate(value: number, locale: string): string {
  return numberFormat(locale, { maximumFractionDigits: value < 1 ? 2 : value < 10 ? 1 : 0 }).format(value)
}

/** First twelve characters of an id; the digest's algorithm is left out. */
export function shortId(id: string): string {
  return id.replace(/^sha256:/, '').slice(0, 12)
}

/** Any JSON value on one line, as daemon.json writes it. */
export function formatValue(value: unknown): string {
  if (value === undefined) return '—'
  return JSON.stringify(value)
}
