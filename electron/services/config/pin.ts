import { effectiveMembers, parseDocument, place } from './document'

/** Where the first of these keys that a text has stands in it; undefined when it has none of them. */
export function pinTo(
  text: string,
  keys: readonly string[],
): { key: string; line: number; column: number } | undefined {
  const members = effectiveMembers(parseDocument(text, 'unknown'))
  const key = keys.find((each) => members.has(each))
  const member = key === undefined ? undefined : members.get(key)
  return key === undefined || member === undefined ? undefined : { key, ...place(text, member.offset) }
}
