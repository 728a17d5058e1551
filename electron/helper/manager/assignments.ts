import { readFileSync } from 'node:fs'

/** Values by their names, of an environment file of systemd or the top of a shell script. */
export type Assignments = ReadonlyMap<string, string>

/**
 * Reads the `NAME=value` lines of a file, quotes taken off; none of one that cannot be read. The
 * last of a name counts. What a shell would have to work out is left as it is written.
 */
export function readAssignments(path: string): Assignments {
  try {
    return parseAssignments(readFileSync(path, 'utf8'))
  } catch {
    return new Map()
  }
}

/** The same of a text. */
export function parseAssignments(text: string): Assignments {
  const found = new Map<string, string>()
  for (const line of text.split('\n')) {
    const [, name, value] = /^\s*(?:export\s+)?([A-Za-z_]\w*)=(.*)$/.exec(line) ?? []
    if (name !== undefined && value !== undefined) found.set(name, unquoted(value.trim()))
  }
  return found
}

function unquoted(value: string): string {
  const [, quote, inner] = /^(["'])(.*)\1$/.exec(value) ?? []
  if (inner === undefined) return value
  return quote === '"' ? inner.replace(/\\(["\\$`])/g, '$1') : inner
}

/**
 * Puts values in place of a command line's variables as systemd does: `$NAME` becomes as many
 * words as it holds, `${NAME}` a part of its word. One that is not set is empty.
 */
export function filledIn(words: readonly string[], values: Assignments): string[] {
  return words.flatMap((word) => {
    const alone = /^\$([A-Za-z_]\w*)$/.exec(word)?.[1]
    if (alone !== undefined) return (values.get(alone) ?? '').split(/\s+/).filter(Boolean)
    return [word.replace(/\$\{([A-Za-z_]\w*)\}/g, (_, name: string) => values.get(name) ?? '')]
  })
}
