import { OPTIONS } from '../../electron/services/config/options'
import type { Random } from './random'

const WORDS = [
  '',
  'x',
  '10m',
  'https://a.example',
  '10.0.0.0/8',
  'a=1',
  '-1',
  'runc',
  '::1',
  '😀',
  'é\u00a0',
  '\\',
  '"',
  '\u2028',
]

/** Any JSON value, nested at most `depth` deep. */
export function anyValue(random: Random, depth: number): unknown {
  switch (random.int(depth > 0 ? 8 : 6)) {
    case 0:
      return random.chance(0.5)
    case 1:
      return null
    case 2:
      return random.int(100_000) - 1_000
    case 3:
      return random.next() * 1e6
    case 4:
    case 5:
      return random.pick(WORDS)
    case 6:
      return Array.from({ length: random.int(4) }, () => anyValue(random, depth - 1))
    default:
      return Object.fromEntries(
        Array.from({ length: random.int(4) }, () => [anyName(random), anyValue(random, depth - 1)]),
      )
  }
}

function anyName(random: Random): string {
  if (random.chance(0.6)) return random.pick(OPTIONS).key
  return random.pick([
    '__proto__',
    'constructor',
    'path',
    'size',
    'base',
    'gc',
    'policy',
    'Hard',
    'max-size',
    '',
    'é',
    'a.b',
  ])
}

/** A file of some keys, some of them twice, spaced in one of several ways. */
export function writeFile(random: Random): string {
  const [open, between, close] = random.pick([
    ['{', ',', '}'],
    ['{\n  ', ',\n  ', '\n}\n'],
    ['{\r\n\t', ',\r\n\t', '\r\n}'],
    ['  {  ', ' ,\n\n ', ' } '],
  ])
  const members = Array.from({ length: random.int(12) }, () => {
    const space = random.pick(['', ' ', '\t '])
    return `${JSON.stringify(anyName(random))}${space}:${space}${JSON.stringify(anyValue(random, 4))}`
  })
  return `${open ?? ''}${members.join(between)}${close ?? ''}`
}

const SCRAPS = [
  '"',
  ',',
  '{',
  '}',
  '[',
  ']',
  ':',
  '\\',
  '//',
  '\uFEFF',
  '\u00a0',
  '\u3000',
  '\ud800',
  'null',
  '1e999',
  '\n',
  '\u0000',
  "'",
  '“',
]

/** The text with a few characters cut, doubled, swapped or put in; often none. */
export function mutateText(text: string, random: Random): string {
  let mutated = text
  while (random.chance(0.4)) {
    const at = random.int(mutated.length + 1)
    const to = Math.min(mutated.length, at + random.int(6))
    mutated = random.pick([
      () => mutated.slice(0, at) + mutated.slice(to),
      () => mutated.slice(0, to) + mutated.slice(at),
      () => mutated.slice(0, at) + random.pick(SCRAPS) + mutated.slice(at),
      () => mutated.slice(0, at),
      () => mutated.slice(0, at) + '['.repeat(random.int(300)) + mutated.slice(at),
    ])()
  }
  return mutated
}
