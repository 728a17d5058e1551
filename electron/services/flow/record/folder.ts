import { randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import { mkdir, open, readdir, rm, type FileHandle } from 'node:fs/promises'
import { homedir } from 'node:os'
import { isAbsolute, join } from 'node:path'
import type { z } from 'zod'
import type { RecordingInfo } from '../../../contract/subjects/recording'
import { AppError } from '../../../contract/errors'
import { headOf, readLines, type RecordingPart } from './format'

export type RecordingInfo = z.output<typeof RecordingInfo>

/** Recordings that are kept; the next is refused, since nobody but its user may throw one away. */
export const MOST_RECORDINGS = 50
/** Bytes of a file that are read at a time, and at either end for a list. */
const PIECE = 256 * 1024
const END = 4_096
const NAME = /^(\d{8}T\d{6}Z-[0-9a-f]{4})\.jsonl$/

/** Where this user's recordings lie: `$XDG_DATA_HOME/porthole/recordings`. */
export function recordingsFolder(env: NodeJS.ProcessEnv): string {
  const given = env['XDG_DATA_HOME'] ?? ''
  const data = isAbsolute(given) ? given : join(homedir(), '.local', 'share')
  return join(data, 'porthole', 'recordings')
}

/** A file for a new recording, which nobody else may read. Throws `recording/too-many`, `recording/failed`. */
export async function makeFile(folder: string, now: Date): Promise<{ id: string; handle: FileHandle }> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    if ((await ids(folder)).length >= MOST_RECORDINGS)
      throw new AppError('recording/too-many', `${MOST_RECORDINGS} recordings are kept, and no more.`, {
        hint: 'Remove some that you do not need.',
        detail: { path: folder },
      })
    const id = `${now.toISOString().replace(/[-:]|\.\d+/g, '')}-${randomBytes(2).toString('hex')}`
    return { id, handle: await open(fileOf(folder, id), 'wx', 0o600) }
  } catch (error) {
    throw error instanceof AppError ? error : cannotWrite(folder, error)
  }
}

/** What is there, newest first; a file that is no recording is not told of. */
export async function listFiles(folder: string): Promise<RecordingInfo[]> {
  const found = await Promise.all(
    (await ids(folder)).map((id) =>
      withFile(folder, id, (handle) => look(id, handle)).catch(() => undefined),
    ),
  )
  return found.filter((info) => info !== undefined).sort((a, b) => b.id.localeCompare(a.id))
}

/** A piece of a recording, whole lines alone. Throws `recording/not-found`, `recording/unreadable`. */
export function readPiece(folder: string, id: string, from: number): Promise<RecordingPart> {
  return withFile(folder, id, async (handle) => {
    const { size } = await handle.stat()
    const bytes = await readAt(handle, from, PIECE)
    const isLast = from + bytes.length >= size
    const end = bytes.lastIndexOf(10) + 1
    // A line longer than a piece is none of ours: it is passed over as one that cannot be read.
    const whole = isLast || end === 0 ? bytes : bytes.subarray(0, end)
    const part = readLines(whole.toString('utf8'), from === 0)
    return { ...part, ...(isLast ? {} : { next: from + whole.length }) }
  })
}

/** False when it is not there. */
export async function removeFile(folder: string, id: string): Promise<boolean> {
  try {
    await rm(fileOf(folder, id))
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false
    throw cannotWrite(folder, error)
  }
}

/** Throws what the system said of a file that cannot be written, as `recording/failed`. */
export function cannotWrite(path: string, error: unknown): AppError {
  const { code } = error as NodeJS.ErrnoException
  return new AppError('recording/failed', `The recording could not be written below ${path}.`, {
    hint: code === 'ENOSPC' ? 'The disk is full.' : 'Look at the rights of that folder.',
    detail: { path, why: code ?? String(error) },
  })
}

async function look(id: string, handle: FileHandle): Promise<RecordingInfo> {
  const { size } = await handle.stat()
  const start = (await readAt(handle, 0, END)).toString('utf8')
  const { startedAt, debug, engine } = headOf(start.slice(0, start.indexOf('\n')))
  const tail = (await readAt(handle, Math.max(0, size - END), END)).toString('utf8')
  const last = readLines(tail.trimEnd().split('\n').at(-1) ?? '', false).entries.at(-1)
  const end = last?.t === 'end' ? last : undefined
  return {
    id,
    startedAt,
    bytes: size,
    complete: end !== undefined,
    debug,
    ...(engine === undefined ? {} : { engine }),
    ...(end === undefined ? {} : { endedAt: end.at, counts: end.counts }),
  }
}

async function ids(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => [])
  return names.flatMap((name) => NAME.exec(name)?.[1] ?? [])
}

/** Only a plain file is opened: a link could lead to anything this user may read. */
async function withFile<T>(folder: string, id: string, work: (handle: FileHandle) => Promise<T>): Promise<T> {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants
  const handle = await open(fileOf(folder, id), O_RDONLY | O_NOFOLLOW | O_NONBLOCK).catch(
    (error: unknown) => {
      throw (error as NodeJS.ErrnoException).code === 'ENOENT'
        ? new AppError('recording/not-found', 'There is no such recording.', { detail: { id } })
        : unreadable(id)
    },
  )
  try {
    if (!(await handle.stat()).isFile()) throw unreadable(id)
    return await work(handle)
  } finally {
    await handle.close()
  }
}

function unreadable(id: string): AppError {
  return new AppError('recording/unreadable', 'This recording cannot be read.', { detail: { id } })
}

async function readAt(handle: FileHandle, from: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length)
  const { bytesRead } = await handle.read(buffer, 0, length, from)
  return buffer.subarray(0, bytesRead)
}

function fileOf(folder: string, id: string): string {
  return join(folder, `${id}.jsonl`)
}
