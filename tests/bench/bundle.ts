import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { root, type Figure } from './measure'

const LIMIT = 220_000

/** Files the page needs before it can show anything: its HTML and all that is imported statically. */
function firstLoad(html: string): string[] {
  const base = dirname(html)
  const files = new Set([html])
  const queue = [...readFileSync(html, 'utf8').matchAll(/<(?:script|link)\b[^>]*>/g)]
    .map(([tag]) => tag)
    .filter((tag) => /<script/.test(tag) || /rel="(?:stylesheet|modulepreload)"/.test(tag))
    .map((tag) => /(?:src|href)="([^"]+)"/.exec(tag)?.[1])
    .filter((path) => path !== undefined)
    .map((path) => join(base, path.replace(/^\//, '')))
  for (const file of queue) {
    if (files.has(file)) continue
    files.add(file)
    if (!file.endsWith('.js')) continue
    const code = readFileSync(file, 'utf8')
    // `import"./a.js"`, `import{b}from"./a.js"`, `export*from"./a.js"`; never `import("./a.js")`.
    for (const match of code.matchAll(/(?:\bimport|\bfrom)\s*["'](\.{1,2}\/[^"']+\.js)["']/g))
      queue.push(join(dirname(file), match[1] ?? ''))
  }
  return [...files]
}

/** Bytes of the renderer's first load, gzipped file by file as a server would. */
export function measureBundle(): Figure[] {
  const files = firstLoad(join(root, 'out/renderer/index.html'))
  const bytes = files.reduce((sum, file) => sum + gzipSync(readFileSync(file), { level: 9 }).length, 0)
  return [
    {
      what: 'first load of the page, gzipped',
      porthole: `${(bytes / 1000).toFixed(1)} kB in ${files.length} files`,
      peer: '–',
      target: `< ${LIMIT / 1000} kB`,
      value: bytes,
      met: bytes < LIMIT,
    },
  ]
}
