import type { Node } from 'jsonc-parser'
import { effectiveMembers, type Member } from '../document'
import type { Findings } from '../findings'
import { flagValue } from '../flags'
import { atLeast, findOption } from '../options'
import type { Target } from '../target'
import type { ProblemCode, ValuesOf } from '../texts'

/** A text item of a list, and where it stands. */
export interface Item {
  text: string
  node: Node
}

/** A file as the rules see it: what each key is set to, by it or by the command line, and where to report. */
export class Checked {
  readonly #members: Map<string, Member>

  constructor(
    readonly target: Target,
    readonly findings: Findings,
  ) {
    this.#members = effectiveMembers(findings.document)
  }

  /** Whether the engine is of this version or newer. */
  since(version: string): boolean {
    return atLeast(this.target.version, version)
  }

  has(key: string): boolean {
    return this.#members.has(key)
  }

  node(key: string): Node | undefined {
    return this.#members.get(key)?.node
  }

  /** Value in the file. */
  value(key: string): unknown {
    return this.#members.get(key)?.value
  }

  /** Value the engine would start with: the file's, else the command line's. */
  inForce(key: string): unknown {
    const member = this.#members.get(key)
    if (member !== undefined && member.value !== null) return member.value
    const option = findOption(key)
    return option === undefined ? undefined : flagValue(this.target.flags, option)
  }

  /** A text of the file that is not empty. */
  text(key: string): string | undefined {
    const value = this.value(key)
    return typeof value === 'string' && value !== '' ? value : undefined
  }

  /** Text items of a list of the file; null decodes to an empty text. */
  items(key: string): Item[] {
    const node = this.node(key)
    if (node?.type !== 'array') return []
    return (node.children ?? []).flatMap((child) => {
      if (child.type === 'null') return [{ text: '', node: child }]
      return child.type === 'string' ? [{ text: String(child.value), node: child }] : []
    })
  }

  /** The engine refuses the file; `where` is the key's value when not given. */
  error<C extends ProblemCode>(key: string, code: C, values: ValuesOf<C>, where = this.node(key)): void {
    if (where !== undefined) this.findings.error(where, key, code, values)
  }

  /** The engine starts, and it hurts later. */
  warning<C extends ProblemCode>(key: string, code: C, values: ValuesOf<C>, where = this.node(key)): void {
    if (where !== undefined) this.findings.warning(where, key, code, values)
  }
}

/** What dockerd says to values of the right type, at once or some seconds later while it starts. */
export type Rule = (file: Checked) => void

export function objectOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {}
}
