import { readFileSync, readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { contract } from '../../../electron/contract/contract'
import type { EntryDef } from '../../../electron/contract/define'

const subjects = fileURLToPath(new URL('../../../electron/contract/subjects/', import.meta.url))

/** The docstring above each entry of the contract, by name. */
function docstrings(): Map<string, string> {
  const found = new Map<string, string>()
  for (const file of readdirSync(subjects)) {
    const source = readFileSync(subjects + file, 'utf8')
    for (const match of source.matchAll(/\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*'([a-z][\w.]+)':/gi)) {
      const text = (match[1] ?? '').replaceAll(/^\s*\* ?/gm, '').replaceAll(/\s+/g, ' ')
      found.set(match[2] ?? '', text.trim())
    }
  }
  return found
}

interface Schema {
  type?: string
  enum?: unknown[]
  const?: unknown
  items?: Schema
  properties?: Record<string, Schema>
  required?: string[]
  additionalProperties?: Schema | boolean
  anyOf?: Schema[]
  $ref?: string
  default?: unknown
}

/** A JSON schema as the short notation people read. */
function notation(schema: Schema, depth = 0): string {
  if (schema.enum) return schema.enum.map((word) => JSON.stringify(word)).join(' | ')
  if (schema.const !== undefined) return JSON.stringify(schema.const)
  if (schema.anyOf) return schema.anyOf.map((part) => notation(part, depth)).join(' | ')
  if (schema.type === 'array') {
    const inner = notation(schema.items ?? {}, depth)
    return inner.includes(' | ') ? `(${inner})[]` : `${inner}[]`
  }
  if (schema.type === 'object' && schema.properties) {
    const pad = '  '.repeat(depth + 1)
    const rows = Object.entries(schema.properties).map(([key, value]) => {
      const optional = schema.required?.includes(key) === true ? '' : '?'
      const fallback = value.default === undefined ? '' : `  (default ${JSON.stringify(value.default)})`
      return `${pad}${key}${optional}: ${notation(value, depth + 1)}${fallback}`
    })
    return rows.length === 0 ? '{}' : `{\n${rows.join('\n')}\n${'  '.repeat(depth)}}`
  }
  if (schema.type === 'object' && typeof schema.additionalProperties === 'object')
    return `{ [name]: ${notation(schema.additionalProperties, depth)} }`
  return schema.type ?? (schema.$ref === undefined ? 'unknown' : 'JSON value')
}

function shown(schema: z.ZodType, io: 'input' | 'output'): string {
  return notation(z.toJSONSchema(schema, { io, unrepresentable: 'any' }) as Schema)
}

function page(): string {
  const docs = docstrings()
  const parts = [
    '# The contract',
    '',
    'Everything Porthole can be asked, by window, browser, `porthole call` and `porthole watch` alike.',
    'Times are ISO 8601, sizes bytes, durations milliseconds. Made from the schemas by `npm run docs`.',
    '',
  ]
  for (const [name, def] of Object.entries(contract) as [string, EntryDef][]) {
    const rule = def.kind === 'stream' ? ` · overflow \`${def.overflow}\` · resume \`${def.resume}\`` : ''
    parts.push(`## ${name}`, '', `${def.kind} · access \`${def.access}\`${rule}`, '')
    parts.push(docs.get(name) ?? '', '')
    parts.push('```', `in  ${shown(def.input, 'input')}`)
    parts.push(
      def.kind === 'request' ? `out ${shown(def.output, 'output')}` : `item ${shown(def.item, 'output')}`,
      '```',
      '',
    )
  }
  return `${parts.join('\n').trimEnd()}\n`
}

test('every entry of the contract has a docstring', () => {
  const docs = docstrings()
  expect(Object.keys(contract).filter((name) => !docs.has(name))).toEqual([])
})

test('docs/contract.md says what the contract says', async () => {
  // `npm run docs` writes the page anew.
  await expect(page()).toMatchFileSnapshot('../../../docs/contract.md')
})
