import type { Node } from 'jsonc-parser'

/** A member of an object node. */
export interface Entry {
  name: string
  /** The name's own node, for its place. */
  nameNode: Node
  node: Node
}

export function entries(node: Node | undefined): Entry[] {
  if (node?.type !== 'object') return []
  return (node.children ?? []).flatMap((property) => {
    const [nameNode, value] = property.children ?? []
    return nameNode === undefined || value === undefined
      ? []
      : [{ name: String(nameNode.value), nameNode, node: value }]
  })
}

/** A member of an object by name, the last when there are several; Go takes names of fields in any case. */
export function memberOf(node: Node, name: string): Node | undefined {
  return entries(node).findLast((each) => each.name.toLowerCase() === name.toLowerCase())?.node
}

/** Text of a string node, or undefined. */
export function textIn(node: Node | undefined): string | undefined {
  return node?.type === 'string' ? String(node.value) : undefined
}
