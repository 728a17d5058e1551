import { readFileSync } from 'node:fs'

/** What the script of rootless dockerd and RootlessKit say of themselves. */
const WRAPPERS = /^(\+|\[rootlesskit)/
const LOG_LINE = /level=|"level":/

/**
 * The sentence a dockerd ended with: it has no level, and comes after what was logged. Of a crash
 * the first line, not the stacks below it. Undefined for a log without a word of dockerd's.
 */
export function lastWord(logFile: string): string | undefined {
  try {
    return lastWordOf(readFileSync(logFile, 'utf8'))
  } catch {
    return undefined
  }
}

/** The same of a log's text. */
export function lastWordOf(log: string): string | undefined {
  const lines = log.split('\n').filter((line) => line.trim() !== '' && !WRAPPERS.test(line))
  const word =
    lines.find((line) => line.startsWith('panic: ')) ??
    lines.findLast((line) => !LOG_LINE.test(line)) ??
    lines.findLast((line) => /level="?(fatal|error)|"level":"(fatal|error)/.test(line))
  return word?.slice(0, 500)
}
