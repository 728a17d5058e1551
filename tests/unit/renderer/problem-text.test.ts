import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { TEXTS, textOf, type Text } from '../../../electron/services/config/texts'
import { TERMS } from '../../../electron/services/config/texts/terms'
import { problemText } from '../../../renderer/src/app/problem-text'
import { APPLY_PROBLEMS } from '../../../renderer/src/locales/ru/problems/apply'
import russian from '../../../renderer/src/locales/ru/problems'

const placeholders = (text = '') => [...new Set(text.match(/\{[^}]*\}/g) ?? [])].sort()
const all = Object.entries(TEXTS as Record<string, Text>)

describe('every code the check can tell of', () => {
  it.each(all)('%s has a Russian text with the same values', (code, text) => {
    const other = russian.texts[code]
    expect(placeholders(other?.message)).toEqual(placeholders(text.message))
    expect(placeholders(other?.hint)).toEqual(placeholders(text.hint))
    expect(other?.hint === undefined).toBe(text.hint === undefined)
    expect(other?.message).toMatch(/[а-яё]/i)
    expect(text.message).not.toMatch(/[а-яё]/i)
  })

  it('stands in the code that tells of it', () => {
    const folder = join(import.meta.dirname, '../../../electron/services/config')
    const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts') && !name.startsWith('texts'))
      .map((name) => readFileSync(join(folder, name), 'utf8'))
      .join('\n')
    expect(all.map(([code]) => code).filter((code) => !sources.includes(`'${code}'`))).toEqual([])
  })

  it('has no Russian text left over', () => {
    const others = Object.keys(russian.texts).filter((code) => !(code in TEXTS))
    // What goes wrong on the way is told by the pipeline, where it happens.
    expect(others).toEqual(Object.keys(APPLY_PROBLEMS))
    const sources = [
      'helper/reload.ts',
      'helper/restart-activation.ts',
      'helper/bring-up.ts',
      'helper/traces.ts',
    ]
      .concat('services/config/applier.ts', 'services/config/reload-limits.ts')
      .map((name) => readFileSync(join(import.meta.dirname, '../../../electron', name), 'utf8'))
      .join('\n')
    expect(others.filter((code) => !sources.includes(`'${code}'`))).toEqual([])
    expect(Object.keys(russian.terms).sort()).toEqual(Object.keys(TERMS).sort())
  })
})

describe('the text of a problem', () => {
  const problem = (code: 'value/type' | 'key/misspelt' | 'dockerd/refused', values: never) => ({
    severity: 'error' as const,
    source: 'static' as const,
    ...textOf(code, values),
  })

  it('is the service’s own English without a table', () => {
    const told = problem('key/misspelt', { key: 'debugg', suggestion: 'debug' } as never)
    expect(problemText(told, undefined)).toEqual({
      message: '"debugg" is no option of this engine.',
      hint: 'Did you mean "debug"?',
    })
  })

  it('is filled in the reader’s language, words of the language too', () => {
    const told = problem('value/type', { key: 'mtu', expected: 'int', found: '"1400"' } as never)
    expect(told.message).toBe('"mtu" wants a whole number, and here is "1400".')
    expect(problemText(told, russian)).toEqual({ message: 'Для «mtu» нужно: целое число, а здесь "1400".' })
  })

  it('leaves dockerd’s own words as they are', () => {
    const told = problem('dockerd/refused', { said: 'invalid {mtu} $& | @:x' } as never)
    expect(problemText(told, russian).message).toBe('dockerd говорит: invalid {mtu} $& | @:x')
  })

  it('falls back to English for an unknown code and a missing value', () => {
    const foreign = { severity: 'error' as const, source: 'apply' as const, code: 'x/y', message: 'English.' }
    expect(problemText(foreign, russian)).toEqual({ message: 'English.' })
    expect(problemText({ ...foreign, code: 'value/ip' }, russian)).toEqual({ message: 'English.' })
  })
})
