import { isIgnored, knows, OPTIONS, type ConfigOption } from '../options'
import { valueSchema } from '../schema'
import { sizeText } from './reloads'

/** A line of dockerd's log with its fields taken apart. */
export interface DumpLine {
  time: string
  message: string
  fields: Readonly<Record<string, string>>
}

export type Dump = Readonly<Record<string, unknown>>

/** What every line with a dump says, of any version. */
export const DUMP_TEXT = 'Reloaded configuration'

/**
 * The last time dockerd printed all it runs with, among lines of its log from `startedAt` on
 * (milliseconds since 1970; what is older is of another process). It does so after each reload,
 * and nowhere else. 20.10 to 27 put it into the message, 28 and newer into a field.
 */
export function lastDump(lines: readonly DumpLine[], startedAt: number): Dump | undefined {
  for (const line of lines.toReversed()) {
    if (Date.parse(line.time) < startedAt) return undefined
    const dump = parseDump(line)
    if (dump !== undefined) return dump
  }
  return undefined
}

function parseDump({ message, fields }: DumpLine): Dump | undefined {
  if (!message.startsWith(DUMP_TEXT)) return undefined
  const text = fields['config'] ?? message.slice(DUMP_TEXT.length).replace(/^: /, '')
  try {
    const dump: unknown = JSON.parse(text)
    return typeof dump === 'object' && dump !== null && !Array.isArray(dump) ? (dump as Dump) : undefined
  } catch {
    // A line that was cut, or masked across a quote, tells nothing.
    return undefined
  }
}

/**
 * Printed in a shape that is not the file's, or not at all; `ip-masq`, which dockerd turns off by
 * itself where `iptables` is off; and two that it goes on printing as they were at its start (so
 * does `/info`), while a reload does apply them: seen on 20.10 and 28.
 */
const UNLIKE = new Set([
  'builder',
  'nri-opts',
  'host-gateway-ip',
  'ip-masq',
  'authorization-plugins',
  'network-diagnostic-port',
])

/** Options whose running value a dump tells. What Go leaves out of it is empty, false or zero. */
export function toldByDump(dump: Dump, version: string): Map<string, unknown> {
  const told = new Map<string, unknown>()
  for (const each of OPTIONS) {
    if (!knows(each, version) || isIgnored(each, version) || UNLIKE.has(each.key)) continue
    const value = valueIn(dump, each)
    // A version that prints another shape is not believed.
    if (value !== undefined && valueSchema(each).safeParse(value).success) told.set(each.key, value)
  }
  return told
}

function valueIn(dump: Dump, each: ConfigOption): unknown {
  const { key, type } = each
  const from = each.inside === undefined ? dump : objectOf(dump[each.inside])
  const value = from[key]
  switch (type) {
    case 'bool':
      // A pointer in newer engines: absent means that nobody chose.
      return value === undefined && each.default === undefined ? undefined : value === true
    case 'int':
      return typeof value === 'number' ? value : each.default === 0 ? 0 : undefined
    case 'size':
      return typeof value === 'number' ? sizeText(value) : undefined
    case 'string':
    case 'ip':
      return typeof value === 'string' && value !== '' ? value : each.default === '' ? '' : undefined
    case 'strings':
      return Array.isArray(value) ? value.map(String) : Array.isArray(each.default) ? [] : undefined
    case 'runtimes':
      return withoutRunc(objectOf(value))
    case 'pools':
      return poolsOf(value)
    case 'proxies':
      return value === undefined ? undefined : objectOf(value)
    default:
      return objectOf(value)
  }
}

function objectOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {}
}

function withoutRunc(runtimes: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(runtimes).filter(([name]) => name !== 'runc'))
}

function poolsOf(value: unknown): unknown {
  const pools = objectOf(value)['Values']
  return Array.isArray(pools)
    ? pools.map((pool) => ({ base: objectOf(pool)['Base'], size: objectOf(pool)['Size'] }))
    : undefined
}
