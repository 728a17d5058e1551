import type { ConfigOption } from '../option'

/** What the editor knows of dockerd's options, in the reader's language. */
export interface EditorHelp {
  options: readonly ConfigOption[]
  /** Lines of a hover text below the help: default, when a change is felt. */
  facts: (option: ConfigOption) => string[]
  /** A word beside a completion. */
  note: (option: ConfigOption) => string
  /** CodeMirror's own words, English to the reader's. */
  phrases: Record<string, string>
}

/** The option a path of the document is about: the key itself, or a member of it that has an entry. */
export function optionAt(
  options: readonly ConfigOption[],
  path: readonly (string | number)[],
): ConfigOption | undefined {
  const names = path.filter((part) => typeof part === 'string')
  for (let length = names.length; length > 0; length -= 1) {
    const key = names.slice(0, length).join('.')
    const found = options.find(
      (option) => option.key === key || (length > 1 && isMember(option, names, length)),
    )
    if (found) return found
  }
  return undefined
}

/** `http-proxy` has an entry of its own and stands inside `proxies`. */
function isMember(option: ConfigOption, names: readonly string[], length: number): boolean {
  return option.inside === names[0] && option.key === names[length - 1]
}
