import type { LogLine } from '../daemon-log'

/** dockerd's first line of every start, unless its log level is warn or graver. */
const START = /^Starting up$/

/**
 * The line dockerd ended with since its last start. What is wrong with its file or its flags it
 * says before it begins to log, as a plain sentence.
 */
export function lastWords(lines: readonly LogLine[]): LogLine | undefined {
  const start = lines.findLastIndex(({ message }) => START.test(message))
  return lines.slice(start + 1).findLast(isFatal)
}

function isFatal({ level, message }: LogLine): boolean {
  if (level === 'fatal' || level === 'panic') return true
  // Of a crash the first line counts, not the stacks below it.
  return (
    level === 'unknown' && /^[A-Za-z][^()\t]*: \S/.test(message) && !/^(goroutine|created by) /.test(message)
  )
}
