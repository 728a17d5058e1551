import { createHash } from 'node:crypto'
import { accessSync, constants } from 'node:fs'
import { lstat, readFile, readlink, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { codeOf } from '../../helper/file-error'
import { MAX_BYTES } from '../../helper/folder'
import type { ReadOutput } from '../../helper/verbs/read-config'
import { place, type Problem } from './document'
import { atLeast } from './options'

/** daemon.json as it is on disk, as far as this user may see it. */
export interface FileState {
  exists: boolean
  readable: boolean
  text: string
  /** sha256 in hex, `absent`, or empty for a file that could not be read. */
  hash: string
  utf8: boolean
  linkTarget?: string
  mode?: string
  modifiedAt?: string
  problems: Problem[]
}

/** Reads without any more right than the program has; never throws for what it finds. */
export async function readState(path: string, version: string): Promise<FileState> {
  try {
    const found = await lstat(path)
    const link = found.isSymbolicLink() ? resolve(dirname(path), await readlink(path)) : undefined
    const target = link === undefined ? found : await stat(path)
    const about = {
      exists: true,
      mode: (target.mode & 0o7777).toString(8).padStart(4, '0'),
      modifiedAt: target.mtime.toISOString(),
      ...(link === undefined ? {} : { linkTarget: link }),
    }
    if (!target.isFile() || target.size > MAX_BYTES)
      return unread(about, target.isFile() ? 'It is larger than 4 MiB.' : 'It is not a plain file.')
    try {
      return { ...about, ...decode(await readFile(path), version) }
    } catch (error) {
      if (codeOf(error) !== 'EACCES' && codeOf(error) !== 'EPERM') throw error
      return unread(
        about,
        'This user may not read it.',
        'Only root may read the file; apply goes through the helper.',
      )
    }
  } catch (error) {
    const code = codeOf(error)
    if (code === 'ENOENT')
      return { exists: false, readable: true, text: '', hash: 'absent', utf8: true, problems: [] }
    return unread({ exists: code !== 'ENOTDIR' }, `The system says ${code ?? String(error)}.`)
  }
}

/** The same from what the helper read. */
export function stateOf(read: ReadOutput, version: string): FileState {
  if (!read.exists)
    return { exists: false, readable: true, text: '', hash: 'absent', utf8: true, problems: [] }
  return {
    exists: true,
    mode: (read.mode & 0o7777).toString(8).padStart(4, '0'),
    modifiedAt: new Date(read.mtimeMs).toISOString(),
    ...decode(Buffer.from(read.base64, 'base64'), version),
  }
}

function unread(about: { exists: boolean }, why: string, hint?: string): FileState {
  return {
    ...about,
    readable: false,
    text: '',
    hash: '',
    utf8: true,
    problems: [
      {
        severity: 'error',
        code: 'file/unreadable',
        message: `daemon.json cannot be read. ${why}`,
        ...(hint === undefined ? {} : { hint }),
        source: 'static',
      },
    ],
  }
}

function decode(
  bytes: Buffer,
  version: string,
): Pick<FileState, 'readable' | 'text' | 'hash' | 'utf8' | 'problems'> {
  const hash = createHash('sha256').update(bytes).digest('hex')
  // The byte order mark is kept: it is part of what the engine reads.
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)
  const utf8 = Buffer.from(text, 'utf8').equals(bytes)
  if (utf8) return { readable: true, text, hash, utf8, problems: [] }
  const utf16 = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)
  const modern = atLeast(version, '23.0')
  // UTF-16 with its mark passes from 23.0 on, other bytes up to 20.10.
  const refused = utf16 !== modern
  const at = Math.max(0, text.indexOf('\uFFFD'))
  return {
    readable: true,
    text,
    hash,
    utf8,
    problems: [
      {
        severity: refused ? 'error' : 'warning',
        code: 'file/not-utf8',
        message: utf16 ? 'The file is saved as UTF-16.' : 'The file holds bytes that are not UTF-8.',
        hint: 'Save it as UTF-8 with a text editor; Porthole does not edit it as it is.',
        ...place(text, at),
        source: 'static',
      },
    ],
  }
}

/** Whether this user may make, replace and remove the file. */
export function mayWrite(path: string): boolean {
  for (let at = dirname(path); ; at = dirname(at)) {
    try {
      accessSync(at, constants.W_OK | constants.X_OK)
      return true
    } catch (error) {
      // A folder that is not there yet can be made where its parent can be written.
      if (codeOf(error) !== 'ENOENT' || at === '/') return false
    }
  }
}
