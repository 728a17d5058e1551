import { getNodeValue, parseTree, type Node, type ParseError } from 'jsonc-parser'

/** 1-based. */
export interface Place {
  line: number
  column: number
}

/** daemon.json as the form sees it. */
export interface FormDocument {
  values: ReadonlyMap<string, unknown>
  /** Line of each key, 1-based. */
  lines: ReadonlyMap<string, number>
  /** Where the text stops being a JSON object; then there are no values. */
  fault?: Place
}

const STRICT = { disallowComments: true, allowTrailingComma: false, allowEmptyContent: true }

function placeOf(text: string, offset: number): Place {
  const before = text.slice(0, offset)
  const start = before.lastIndexOf('\n') + 1
  return { line: before.split('\n').length, column: offset - start + 1 }
}

function members(text: string): { nodes: Node[] } | { offset: number } {
  const errors: ParseError[] = []
  const root = parseTree(text, errors, STRICT)
  const first = errors[0]
  if (first) return { offset: first.offset }
  if (root === undefined) return { nodes: [] }
  return root.type === 'object' ? { nodes: root.children ?? [] } : { offset: root.offset }
}

/** Top-level keys of a text with their values and lines. A key that stands twice counts as dockerd counts it: the last. */
export function readDocument(text: string): FormDocument {
  const read = members(text)
  if ('offset' in read) return { values: new Map(), lines: new Map(), fault: placeOf(text, read.offset) }
  const values = new Map<string, unknown>()
  const lines = new Map<string, number>()
  for (const { children: [name, value] = [] } of read.nodes) {
    if (!name || !value) continue
    const key = getNodeValue(name) as string
    values.set(key, getNodeValue(value))
    lines.set(key, placeOf(text, name.offset).line)
  }
  return { values, lines }
}

/** The top-level key whose name or value holds an offset of the text; blanks before it count as its own. */
export function keyAt(text: string, offset: number): string | undefined {
  const root = parseTree(text, [], STRICT)
  const blanks = /^[ \t]*/.exec(text.slice(offset))?.[0].length ?? 0
  const at = offset + blanks
  const node = root?.children?.find((each) => at >= each.offset && at <= each.offset + each.length)
  const name = node?.type === 'property' ? node.children?.[0] : undefined
  return name === undefined ? undefined : (getNodeValue(name) as string)
}
