import type { Activated } from './activation'
import type { ConfigFile } from './file'
import { hashOf, type FileState } from './folder'
import { debugIn, withDebug } from './record-text'
import { kept, writeMark, type Mark } from './record-mark'

/** How often a file that somebody else writes at the same time is looked at again. */
const ATTEMPTS = 5

/**
 * Lets dockerd read a text of ours, and puts the file back at once: SIGHUP reads the file, so the
 * debug mode of a running daemon cannot be changed without it. Between two reloads the file is the
 * reader's own, byte for byte, and a machine that loses its power has nothing to put in order.
 * Throws `config/changed-underneath` and what else writing throws.
 */
export async function forAMoment(
  file: ConfigFile,
  mark: Mark,
  { was, text }: { was: FileState; text: string },
  reload: () => Promise<Activated>,
): Promise<Activated> {
  const bytes = Buffer.from(text, 'latin1')
  await writeMark(file, { ...mark, moment: { wrote: bytes.toString('base64'), back: kept(was) } }, was)
  await file.replace(bytes, was, was.hash)
  try {
    return await reload()
  } finally {
    await putBack(file, bytes, was)
  }
}

/**
 * The file as it was. Where somebody has written it meanwhile it stays theirs, and `debug` alone is
 * put back, if they have taken over ours.
 */
export async function putBack(
  file: ConfigFile,
  wrote: Buffer,
  was: Pick<FileState, 'exists' | 'bytes'>,
): Promise<void> {
  const ours = hashOf(wrote)
  const [mine, theirs] = [debugIn(wrote.toString('latin1')), debugIn(was.bytes.toString('latin1'))]
  for (let attempt = 1; ; attempt += 1) {
    const now = await file.read()
    const text = now.bytes.toString('latin1')
    try {
      if (now.hash === ours)
        return was.exists ? await file.replace(was.bytes, now, ours) : await file.remove(ours)
      const takenOver = now.exists && mine !== theirs && debugIn(text) === mine
      const mended = takenOver ? withDebug(text, theirs ?? undefined) : undefined
      if (mended !== undefined) await file.replace(Buffer.from(mended, 'latin1'), now, now.hash)
      return
    } catch (error) {
      if (attempt === ATTEMPTS) throw error
    }
  }
}
