import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

const css = readFileSync(join(import.meta.dirname, '../../../renderer/src/styles/tokens.css'), 'utf8')
const tokens = new Map(
  [...css.matchAll(/--([\w-]+): light-dark\((#\w+), (#\w+)\)/g)].map(([, name, light, dark]) => [
    name ?? '',
    { light: light ?? '', dark: dark ?? '' },
  ]),
)

function luminance(hex: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5]
    .map((at) => Number.parseInt(hex.slice(at, at + 2), 16) / 255)
    .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4))
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}

function contrast(a: string, b: string): number {
  const [low = 0, high = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y)
  return (high + 0.05) / (low + 0.05)
}

const grounds = ['bg', 'surface', 'raised', 'sunken']
const pairs = [
  ...['text', 'muted', 'faint'].flatMap((ink) => grounds.map((ground) => [ink, ground] as const)),
  ...['ok', 'warn', 'bad', 'info'].flatMap((ink) => [
    [ink, `${ink}-soft`] as const,
    [ink, 'surface'] as const,
  ]),
  ...['text', 'muted'].flatMap((ink) =>
    ['ok-soft', 'warn-soft', 'bad-soft', 'info-soft', 'accent-soft', 'hover'].map((g) => [ink, g] as const),
  ),
  ['accent-text', 'accent-soft'],
  ['accent-text', 'surface'],
  ['on-accent', 'accent'],
  ['text', 'mark'],
] as const

describe.each(['light', 'dark'] as const)('in the %s theme', (theme) => {
  it.each(pairs)('%s is readable on %s', (ink, ground) => {
    const a = tokens.get(ink)?.[theme] ?? ''
    const b = tokens.get(ground)?.[theme] ?? ''
    expect(contrast(a, b)).toBeGreaterThanOrEqual(4.5)
  })
})
