import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const renderer = fileURLToPath(new URL('../../renderer', import.meta.url))

const sources = readdirSync(renderer, { recursive: true, encoding: 'utf8' })
  .filter((file) => /\.(vue|ts|html)$/.test(file) && !file.endsWith('.d.ts'))
  .map((file) => ({ file, text: readFileSync(join(renderer, file), 'utf8') }))

// Labels, names, logs and paths come from others; text is the only way they enter the page.
test.each([
  ['v-html', /\bv-html\b/],
  ['innerHTML and its kin', /\b(?:inner|outer)HTML\b|\binsertAdjacentHTML\b|\bdocument\.write\b/],
  ['code made from text', /\beval\s*\(|\bnew\s+Function\b/],
  ['inline event handlers', /\son(?:click|load|error)\s*=\s*["']/],
  ['javascript: addresses', /["'`]javascript:/],
  ['frames', /<(?:iframe|webview|object|embed)(?:\s|>)/],
])('the page’s sources have no %s', (_, pattern) => {
  expect(sources.length).toBeGreaterThan(0)
  expect(sources.filter(({ text }) => pattern.test(text)).map(({ file }) => file)).toEqual([])
})
