import { readHistory } from '../../../helper/history'

/** A change of daemon.json that is known of. */
export interface PastChange {
  /** Milliseconds since 1970. */
  at: number
  /** The file before it: null when there was none, undefined when it is not kept. */
  before: string | null | undefined
}

export interface FileNow {
  path: string
  /** Milliseconds since 1970 of the last change of the file; undefined when it is not there. */
  modifiedAt: number | undefined
  text: string
}

/** Milliseconds by which the start of a process is known; the kernel counts in hundredths. */
const SLACK_MS = 20
/** Changes that are looked through; more are not kept either. */
const LOOKED_THROUGH = 500

/**
 * The file as it was when the engine started: as it is when nothing has changed it since, else
 * what the first change after the start has kept. Undefined when that cannot be known.
 */
export async function textAtStart(startedAt: number, now: FileNow): Promise<string | undefined> {
  if (now.modifiedAt !== undefined && now.modifiedAt <= startedAt + SLACK_MS) return now.text
  return textBefore(startedAt, now, await changesOf(now.path))
}

/** The same where the changes are known, oldest first. */
export function textBefore(
  startedAt: number,
  { modifiedAt, text }: Omit<FileNow, 'path'>,
  changes: readonly PastChange[],
): string | undefined {
  const first = changes.find((each) => each.at > startedAt + SLACK_MS)
  if (first !== undefined) return first.before === undefined ? undefined : (first.before ?? '')
  return modifiedAt === undefined ? text : undefined
}

async function changesOf(path: string): Promise<PastChange[]> {
  try {
    const { entries, texts } = await readHistory(path, LOOKED_THROUGH)
    return entries.map(({ at, before }) => ({ at: Date.parse(at), before: textOf(before, texts) }))
  } catch {
    // Root's history is root's to read.
    return []
  }
}

function textOf(hash: string, texts: Readonly<Record<string, string>>): string | null | undefined {
  if (hash === 'absent') return null
  const base64 = texts[hash]
  return base64 === undefined ? undefined : Buffer.from(base64, 'base64').toString('utf8')
}
