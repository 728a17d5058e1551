import { isIP } from 'node:net'
import type { Node } from 'jsonc-parser'
import { place, type Document, type Member, type Problem } from './document'
import type { Flag } from './flags'
import {
  atLeast,
  findOption,
  isFlag,
  KEPT_WHOLE,
  knows,
  nearestKey,
  OPTIONS,
  OTHER_FLAGS,
  type ConfigOption,
  type ValueType,
} from './options'

/** The engine a file is checked for. */
export interface Target {
  version: string
  /** Options of its command line; empty when it is not known. */
  flags: readonly Flag[]
}

/** Collects problems with the place of a member. */
export class Findings {
  readonly problems: Problem[] = []
  constructor(readonly document: Document) {}

  at(
    where: { offset: number },
    problem: Omit<Problem, 'source' | 'line' | 'column'> & { source?: Problem['source'] },
  ): void {
    this.problems.push({ source: 'static', ...problem, ...place(this.document.text, where.offset) })
  }
}

/**
 * The keys as dockerd looks them up: objects it does not know are flattened by one level first,
 * then each name must be a flag's name, a list's name or one of few others; a name that is also
 * on the command line is fatal, whatever the values.
 */
export function checkKeys(document: Document, target: Target, findings: Findings): void {
  const { version } = target
  for (const member of document.members ?? []) {
    const isObject = member.node.type === 'object'
    if (isObject && !KEPT_WHOLE.has(member.key)) {
      checkFlattened(member, target, findings)
      continue
    }
    checkKey(member, target, findings)
    if (!isObject || findOption(member.key) !== undefined) checkConflict(member.key, member, target, findings)
  }
  if (atLeast(version, '28.0')) {
    const both = ['host-gateway-ip', 'host-gateway-ips'].map((key) =>
      document.members?.find((member) => member.key === key),
    )
    if (both[0] !== undefined && both[1] !== undefined)
      findings.at(both[1], {
        severity: 'error',
        code: 'key/exclusive',
        message: '"host-gateway-ip" and "host-gateway-ips" may not both be set.',
        key: 'host-gateway-ips',
      })
  }
}

function checkFlattened(member: Member, target: Target, findings: Findings): void {
  const { version } = target
  const members = (member.node.children ?? []).flatMap((property) => {
    const [name] = property.children ?? []
    return name === undefined ? [] : [{ key: String(name.value), offset: name.offset }]
  })
  const proxies = member.key === 'proxies' && atLeast(version, '23.0')
  for (const inner of members) {
    const known = findOption(inner.key)
    if (!(known !== undefined && knows(known, version)) && !isFlag(inner.key, version))
      findings.at(inner, {
        severity: 'error',
        code: 'key/unknown',
        message: `"${inner.key}" is no option of this engine.`,
        hint: `The engine looks inside "${member.key}" for options too.`,
        key: inner.key,
      })
    else if (proxies && known?.inside !== 'proxies')
      findings.at(inner, {
        severity: 'warning',
        code: 'key/ignored',
        message: `"${inner.key}" inside "proxies" is accepted and ignored.`,
        key: inner.key,
      })
    checkConflict(inner.key, inner, target, findings)
  }
  if (proxies) return
  const option = findOption(member.key)
  // A value of the wrong kind is told by the type check.
  if (option !== undefined && knows(option, version)) return
  findings.at(member, {
    severity: 'warning',
    code: 'key/ignored-object',
    message: `"${member.key}" is no option; the engine accepts the object and ignores it.`,
    hint: suggestion(member.key, version) ?? 'Remove it.',
    key: member.key,
  })
}

function suggestion(key: string, version: string): string | undefined {
  const near = nearestKey(key, version)
  return near === undefined ? undefined : `Did you mean "${near}"?`
}

function checkKey(member: Member, { version }: Target, findings: Findings): void {
  const { key } = member
  // An object passes because it is flattened; anything else of this name is looked up and not found.
  const option = key === 'proxies' ? undefined : findOption(key)
  if (option === undefined || !knows(option, version)) {
    if (isFlag(key, version)) return checkFlagName(member, version, findings)
    return unknownKey(member, option, version, findings)
  }
  if (option.inside !== undefined)
    findings.at(member, {
      severity: 'warning',
      code: 'key/ignored',
      message: `"${key}" at top level is accepted and ignored.`,
      hint: `Write it inside "${option.inside}": { "${option.inside}": { "${key}": … } }.`,
      key,
    })
  else if (option.ignoredSince !== undefined && atLeast(version, option.ignoredSince))
    findings.at(member, {
      severity: 'warning',
      code: 'key/ignored',
      message: `This engine accepts "${key}" and ignores it.`,
      key,
      ...(key === 'containerd-plugins-namespace'
        ? { hint: 'Only the flag --containerd-plugins-namespace works.' }
        : {}),
    })
}

function unknownKey(
  member: Member,
  option: ConfigOption | undefined,
  version: string,
  findings: Findings,
): void {
  const { key } = member
  if (option?.removed !== undefined && atLeast(version, option.removed))
    return findings.at(member, {
      severity: 'error',
      code: 'key/removed',
      message: `"${key}" was removed in Docker ${option.removed}; this engine does not start with it.`,
      hint: key === 'graph' ? 'Use "data-root".' : 'Remove the key.',
      detail: { version: option.removed },
      key,
    })
  if (option !== undefined)
    return findings.at(member, {
      severity: 'error',
      code: 'key/too-new',
      message: `"${key}" is known from Docker ${option.since} on; this engine is ${version}.`,
      hint: 'Remove the key or update the engine.',
      detail: { since: option.since, version },
      key,
    })
  findings.at(member, {
    severity: 'error',
    code: 'key/unknown',
    message: `"${key}" is no option of this engine.`,
    hint: suggestion(key, version) ?? 'Remove the key.',
    key,
  })
}

/** `storage-opt` for `storage-opts`: looked up among the flags, found, and then decoded by nobody. */
function checkFlagName(member: Member, version: string, findings: Findings): void {
  const { key } = member
  if (key === 'validate')
    return findings.at(member, {
      severity: 'error',
      code: 'key/unknown',
      message: '"validate" makes the engine check its configuration and end.',
      hint: 'Remove the key.',
      key,
    })
  const option = OPTIONS.find((each) => each.flag === key && knows(each, version))
  findings.at(member, {
    severity: 'warning',
    code: 'key/flag-name',
    message: `"${key}" is the name of a flag; as a key the engine accepts and ignores it.`,
    hint: option === undefined ? 'Remove the key.' : `Did you mean "${option.key}"?`,
    ...(option === undefined ? {} : { detail: { suggestion: option.key } }),
    key,
  })
}

function checkConflict(
  key: string,
  where: { offset: number },
  { flags, version }: Target,
  findings: Findings,
): void {
  // Runtimes are the one thing that may come from both.
  if (key === 'runtimes') return
  const option = findOption(key)
  const other = OTHER_FLAGS.some((each) => each.flag === key && atLeast(version, each.since))
  const flag = flags.findLast((each) =>
    other ? each.flag === `--${key}` : option !== undefined && each.key === option.key,
  )
  if (flag === undefined) return
  findings.at(where, {
    severity: 'error',
    code: 'key/flag-conflict',
    message: `"${key}" is also set on the engine's command line (${flag.flag} ${flag.value}); with both it does not start.`,
    hint: `Remove it here, or the flag from the command line that starts dockerd.`,
    detail: { flag: flag.flag, value: flag.value },
    key,
  })
}

/** Types as Go's decoder of JSON takes them. */
export function checkTypes(document: Document, { version }: Target, findings: Findings): void {
  for (const member of document.members ?? []) {
    const option = findOption(member.key)
    if (member.key === 'proxies') {
      if (member.node.type === 'object' && atLeast(version, '23.0'))
        for (const [, , value] of entries(member.node)) expect('string', value, 'proxies', document, findings)
      continue
    }
    if (option === undefined || !knows(option, version) || option.inside !== undefined) continue
    if (option.ignoredSince !== undefined && atLeast(version, option.ignoredSince)) continue
    checkType(option.type, member.node, member.key, document, findings)
  }
}

/** Members of an object node: name, the name's offset, the value. */
function entries(node: Node): [string, number, Node][] {
  return (node.children ?? []).flatMap((property): [string, number, Node][] => {
    const [name, value] = property.children ?? []
    return name === undefined || value === undefined ? [] : [[String(name.value), name.offset, value]]
  })
}

/** A member of an object by name; Go takes names of nested structs in any case. */
function member(node: Node, name: string): Node | undefined {
  return entries(node).findLast(([key]) => key.toLowerCase() === name.toLowerCase())?.[2]
}

type Scalar = 'bool' | 'int' | 'string' | 'object' | 'array'

const words: Record<Scalar, string> = {
  bool: 'true or false',
  int: 'a whole number',
  string: 'a text in quotation marks',
  object: 'an object, { … }',
  array: 'a list, [ … ]',
}

const INT64 = 2n ** 63n

/** Reports a node that is not of the kind and says whether it is (null passes everywhere). */
function expect(kind: Scalar, node: Node, key: string, document: Document, findings: Findings): boolean {
  if (node.type === 'null') return false
  const literal = document.text.slice(node.offset, node.offset + node.length)
  const fits =
    kind === 'bool'
      ? node.type === 'boolean'
      : kind === 'int'
        ? node.type === 'number' && /^-?\d+$/.test(literal) && inRange(BigInt(literal))
        : node.type === kind
  if (fits) return true
  findings.at(node, {
    severity: 'error',
    code: 'value/type',
    message: `"${key}" wants ${words[kind]}, and here is ${named(node, literal)}.`,
    detail: { expected: kind, found: node.type },
    key,
  })
  return false
}

function inRange(value: bigint): boolean {
  return value < INT64 && value >= -INT64
}

function named(node: Node, literal: string): string {
  const short = literal.length > 40 ? `${literal.slice(0, 40)}…` : literal
  switch (node.type) {
    case 'array':
      return 'a list'
    case 'object':
      return 'an object'
    case 'string':
      return `the text ${short}`
    default:
      return short
  }
}

function checkType(type: ValueType, node: Node, key: string, document: Document, findings: Findings): void {
  const is = (kind: Scalar, what: Node): boolean => expect(kind, what, key, document, findings)
  const maybe = (kind: Scalar, what: Node | undefined): boolean => what !== undefined && is(kind, what)
  const strings = (what: Node | undefined): void => {
    if (maybe('array', what)) for (const item of what?.children ?? []) is('string', item)
  }
  const map = (kind: Scalar): void => {
    if (is('object', node)) for (const [, , value] of entries(node)) is(kind, value)
  }
  switch (type) {
    case 'bool':
    case 'int':
    case 'string':
      is(type, node)
      return
    case 'size':
      // Its own decoder: even null is refused.
      if (node.type !== 'string' || !isSize(String(node.value)))
        findings.at(node, {
          severity: 'error',
          code: 'value/size',
          message: `"${key}" wants a size as a text, for example "64M".`,
          key,
        })
      return
    case 'ip':
      if (is('string', node) && node.value !== '' && isIP(String(node.value)) === 0)
        findings.at(node, {
          severity: 'error',
          code: 'value/ip',
          message: `"${String(node.value)}" is no IP address.`,
          key,
        })
      return
    case 'strings':
      strings(node)
      return
    case 'string-map':
      map('string')
      return
    case 'bool-map':
      map('bool')
      return
    case 'map-of-string-maps':
      if (is('object', node))
        for (const [, , inner] of entries(node))
          if (is('object', inner)) for (const [, , value] of entries(inner)) is('string', value)
      return
    case 'runtimes':
      if (is('object', node))
        for (const [, , runtime] of entries(node))
          if (is('object', runtime)) {
            maybe('string', member(runtime, 'path'))
            maybe('string', member(runtime, 'runtimeType'))
            strings(member(runtime, 'runtimeArgs'))
            maybe('object', member(runtime, 'options'))
          }
      return
    case 'ulimits':
      if (is('object', node))
        for (const [, , ulimit] of entries(node))
          if (is('object', ulimit)) {
            maybe('string', member(ulimit, 'Name'))
            maybe('int', member(ulimit, 'Hard'))
            maybe('int', member(ulimit, 'Soft'))
          }
      return
    case 'pools':
      if (is('array', node))
        for (const pool of node.children ?? [])
          if (is('object', pool)) {
            maybe('string', member(pool, 'base'))
            maybe('int', member(pool, 'size'))
          }
      return
    case 'builder':
      if (!is('object', node)) return
      if (maybe('object', member(node, 'gc'))) {
        const gc = member(node, 'gc')
        if (gc === undefined) return
        maybe('bool', member(gc, 'enabled'))
        for (const name of [
          'defaultKeepStorage',
          'defaultReservedSpace',
          'defaultMaxUsedSpace',
          'defaultMinFreeSpace',
        ])
          maybe('string', member(gc, name))
        const policy = member(gc, 'policy')
        if (maybe('array', policy)) for (const rule of policy?.children ?? []) is('object', rule)
      }
      maybe('object', member(node, 'entitlements'))
      return
    case 'nri':
      if (is('object', node)) {
        maybe('bool', member(node, 'enable'))
        for (const name of ['plugin-path', 'plugin-config-path', 'socket-path'])
          maybe('string', member(node, name))
      }
  }
}

/** Sizes as dockerd's units library takes them: `64M`, `1.5GiB`, `67108864`. */
function isSize(text: string): boolean {
  return /^\d+(\.\d+)* ?([kKmMgGtTpP]?[iI]?[bB]?)$/.test(text)
}
