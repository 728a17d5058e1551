import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ERROR_CODES } from '../../../electron/contract/errors'
import { LATER } from '../../../renderer/src/app/i18n'
import { SECTIONS } from '../../../renderer/src/app/help/sections'
import { KNOWN_MESSAGES } from '../../../renderer/src/features/daemon-log/known-messages'
import en from '../../../renderer/src/locales/en'
import ru from '../../../renderer/src/locales/ru'

type Tree = { [key: string]: string | Tree }

function leaves(tree: Tree, path: string[] = []): Map<string, string> {
  const found = new Map<string, string>()
  for (const [key, value] of Object.entries(tree)) {
    const here = [...path, key]
    if (typeof value === 'string') found.set(here.join('.'), value)
    else for (const [name, text] of leaves(value, here)) found.set(name, text)
  }
  return found
}

const placeholders = (text: string) => [...new Set(text.match(/\{[^}]*\}/g) ?? [])].sort()
const forms = (text: string) => text.split(' | ').length

async function whole(language: 'en' | 'ru', first: Tree): Promise<Map<string, string>> {
  const parts = await Promise.all(Object.values(LATER).map((part) => part[language]()))
  return leaves(Object.assign({}, first, ...parts.map((part) => part.default)) as Tree)
}

const english = await whole('en', en as Tree)
const russian = await whole('ru', ru as Tree)

const SOURCES = join(import.meta.dirname, '../../../renderer/src')
function sources(folder = SOURCES): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return entry.name === 'locales' ? [] : sources(path)
    return /\.(vue|ts)$/.test(entry.name) ? [readFileSync(path, 'utf8')] : []
  })
}

describe('the two languages', () => {
  it('have the same keys', () => {
    expect([...russian.keys()].sort()).toEqual([...english.keys()].sort())
  })

  it('use the same placeholders', () => {
    for (const [key, text] of english)
      expect({ key, has: placeholders(russian.get(key) ?? '') }).toEqual({ key, has: placeholders(text) })
  })

  it('give English two forms of a counted word and Russian three', () => {
    for (const [key, text] of english)
      if (forms(text) > 1)
        expect({ key, en: forms(text), ru: forms(russian.get(key) ?? '') }).toEqual({ key, en: 2, ru: 3 })
  })

  it('say nothing in the other one’s letters', () => {
    const exempt = new Set(['language.ru'])
    for (const [key, text] of english)
      if (!exempt.has(key))
        expect({ key, text }).not.toMatchObject({ text: expect.stringMatching(/[а-яё]/i) as unknown })
  })

  it('hold every key that a component names', () => {
    const named = /(?:\bte?\(|keypath=")\s*'?([a-zA-Z][\w-]*(?:\.[\w/-]+)+)['"]/g
    const missing = sources().flatMap((code) =>
      [...code.matchAll(named)].map((match) => match[1] ?? '').filter((key) => !english.has(key)),
    )
    expect(missing).toEqual([])
  })

  it('hold every family of keys that a component builds', () => {
    const built = /`([a-zA-Z][\w-]*(?:\.[\w-]+)*)\.\$\{/g
    const keys = [...english.keys()]
    const missing = sources().flatMap((code) =>
      [...code.matchAll(built)]
        .map((match) => match[1] ?? '')
        .filter((prefix) => !keys.some((key) => key.startsWith(`${prefix}.`))),
    )
    expect(missing).toEqual([])
  })

  it('have a sentence for every error code and every known message', () => {
    for (const code of ERROR_CODES) expect(english.has(`errors.${code}`), code).toBe(true)
    for (const name of KNOWN_MESSAGES) expect(english.has(`known.${name}`), name).toBe(true)
  })

  it('tell of each page in 150 to 350 words', () => {
    for (const [page, sections] of Object.entries(SECTIONS)) {
      const text = sections.map((name) => english.get(`help.${page}.${name}.text`) ?? '').join(' ')
      const words = text.split(/\s+/).length
      expect({ page, enough: words >= 150 && words <= 350 }).toEqual({ page, enough: true })
    }
  })
})
