import { isIP } from 'node:net'
import type { Node } from 'jsonc-parser'
import type { Document } from './document'
import type { Findings } from './findings'
import { entries, memberOf } from './nodes'
import { atLeast, findOption, isIgnored, knows, type ValueType } from './options'
import type { Target } from './target'
import { isSize } from './units'

/** Types as Go's decoder of JSON takes them. */
export function checkTypes(document: Document, { version }: Target, findings: Findings): void {
  for (const { key, node } of document.members ?? []) {
    if (key === 'proxies') {
      if (node.type === 'object' && atLeast(version, '23.0'))
        for (const { node: value } of entries(node)) new Typed(key, findings).is('string', value)
      continue
    }
    const option = findOption(key)
    if (option === undefined || !knows(option, version) || option.inside !== undefined) continue
    if (isIgnored(option, version)) continue
    checkType(option.type, node, new Typed(key, findings))
  }
}

type Kind = 'bool' | 'int' | 'string' | 'object' | 'array'

const INT64 = 2n ** 63n

/** Checks nodes of one key and reports what does not fit; null passes everywhere. */
class Typed {
  constructor(
    readonly key: string,
    readonly findings: Findings,
  ) {}

  /** Whether the node is there and of the kind; another kind is reported. */
  is(kind: Kind, node: Node | undefined): node is Node {
    if (node === undefined || node.type === 'null') return false
    const literal = this.#literal(node)
    if (fits(kind, node, literal)) return true
    this.findings.error(node, this.key, 'value/type', {
      key: this.key,
      expected: kind,
      found: literal.length > 40 ? `${literal.slice(0, 40)}…` : literal,
    })
    return false
  }

  strings(node: Node | undefined): void {
    if (this.is('array', node)) for (const item of node.children ?? []) this.is('string', item)
  }

  map(kind: Kind, node: Node | undefined): void {
    if (this.is('object', node)) for (const each of entries(node)) this.is(kind, each.node)
  }

  /** Members of an object that Go decodes into fields of a struct. */
  struct(node: Node | undefined, fields: Readonly<Record<string, Kind | 'strings'>>): void {
    if (!this.is('object', node)) return
    for (const [name, kind] of Object.entries(fields)) {
      const value = memberOf(node, name)
      if (kind === 'strings') this.strings(value)
      else this.is(kind, value)
    }
  }

  #literal(node: Node): string {
    return this.findings.document.text.slice(node.offset, node.offset + node.length)
  }
}

function fits(kind: Kind, node: Node, literal: string): boolean {
  switch (kind) {
    case 'bool':
      return node.type === 'boolean'
    case 'int':
      return node.type === 'number' && /^-?\d+$/.test(literal) && inRange(literal)
    default:
      return node.type === kind
  }
}

function inRange(literal: string): boolean {
  if (literal.length > 20) return false
  const value = BigInt(literal)
  return value < INT64 && value >= -INT64
}

function checkType(type: ValueType, node: Node, typed: Typed): void {
  const { key, findings } = typed
  switch (type) {
    case 'bool':
    case 'int':
    case 'string':
      typed.is(type, node)
      return
    case 'size':
      // Its own decoder: even null is refused.
      if (node.type !== 'string' || !isSize(String(node.value)))
        findings.error(node, key, 'value/size', { key })
      return
    case 'ip':
      if (typed.is('string', node) && node.value !== '' && isIP(String(node.value)) === 0)
        findings.error(node, key, 'value/ip', { value: String(node.value) })
      return
    case 'strings':
      typed.strings(node)
      return
    case 'string-map':
      typed.map('string', node)
      return
    case 'bool-map':
      typed.map('bool', node)
      return
    case 'map-of-string-maps':
      if (typed.is('object', node)) for (const each of entries(node)) typed.map('string', each.node)
      return
    case 'runtimes':
      if (typed.is('object', node))
        for (const each of entries(node))
          typed.struct(each.node, {
            path: 'string',
            runtimeType: 'string',
            runtimeArgs: 'strings',
            options: 'object',
          })
      return
    case 'ulimits':
      if (typed.is('object', node))
        for (const each of entries(node))
          typed.struct(each.node, { Name: 'string', Hard: 'int', Soft: 'int' })
      return
    case 'pools':
      if (typed.is('array', node))
        for (const pool of node.children ?? []) typed.struct(pool, { base: 'string', size: 'int' })
      return
    case 'builder':
      checkBuilder(node, typed)
      return
    case 'nri':
      typed.struct(node, {
        enable: 'bool',
        'plugin-path': 'string',
        'plugin-config-path': 'string',
        'socket-path': 'string',
      })
      return
    case 'proxies':
    case 'object':
    case 'objects':
  }
}

const GC_SIZES = {
  defaultKeepStorage: 'string',
  defaultReservedSpace: 'string',
  defaultMaxUsedSpace: 'string',
  defaultMinFreeSpace: 'string',
} as const

const RULE_SIZES = {
  keepStorage: 'string',
  reservedSpace: 'string',
  maxUsedSpace: 'string',
  minFreeSpace: 'string',
} as const

function checkBuilder(node: Node, typed: Typed): void {
  if (!typed.is('object', node)) return
  const gc = memberOf(node, 'gc')
  typed.struct(gc, { enabled: 'bool', ...GC_SIZES })
  const policy = gc === undefined ? undefined : memberOf(gc, 'policy')
  if (typed.is('array', policy))
    for (const rule of policy.children ?? []) {
      typed.struct(rule, { all: 'bool', ...RULE_SIZES })
      checkFilter(memberOf(rule, 'filter'), typed)
    }
  const flags = { 'network-host': 'bool', 'security-insecure': 'bool', device: 'bool' } as const
  typed.struct(memberOf(node, 'entitlements'), flags)
  typed.struct(memberOf(node, 'history'), { maxAge: 'string', maxEntries: 'int' })
}

/** A list of `name=value`, or the API's own form: sets of values by name. */
function checkFilter(node: Node | undefined, typed: Typed): void {
  if (node?.type !== 'object') return typed.strings(node)
  for (const each of entries(node)) typed.map('bool', each.node)
}
