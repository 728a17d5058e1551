import { constants } from 'node:fs'
import { open, stat, type FileHandle } from 'node:fs/promises'
import { isAbsolute } from 'node:path'
import { codeOf } from '../../helper/file-error'
import { AppError } from '../../contract/errors'
import { plain } from './plain'

/** `why` completes "/tmp/x.tar cannot be used: …". */
export function noArchive(path: string, why: string, hint?: string, cause?: unknown): AppError {
  const shown = plain(path)
  return new AppError('image/no-archive', `${shown} cannot be used: ${why}.`, {
    hint,
    detail: { path: shown, reason: why },
    ...(cause === undefined ? {} : { cause }),
  })
}

/** Only a whole path means the same file to everybody. Throws `image/no-archive`. */
export function checkPath(path: string): void {
  if (path.includes('\0')) throw noArchive(path, 'a path has no null character')
  if (path.startsWith('~'))
    throw noArchive(
      path,
      'only a shell knows what ~ stands for',
      'Write the whole path, as in /home/ada/image.tar.',
    )
  if (!isAbsolute(path))
    throw noArchive(path, 'it is not an absolute path', 'Write the whole path, from the / on.')
}

/**
 * Opens an archive of the user's to read it. Links are followed: the user may read with Porthole what the
 * user may read. A pipe would wait for somebody, a device may do anything, so neither is opened. Throws
 * `image/no-archive`.
 */
export async function openArchive(path: string): Promise<{ file: FileHandle; sizeBytes: number }> {
  checkPath(path)
  let file: FileHandle | undefined
  try {
    const before = await stat(path)
    if (before.isFile()) {
      // Whatever takes its place now is opened without waiting, and seen to be something else.
      file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
      const opened = await file.stat()
      if (opened.isFile() && opened.size > 0) return { file, sizeBytes: opened.size }
      if (opened.isFile()) throw noArchive(path, 'it is empty')
    }
    throw noArchive(
      path,
      before.isDirectory() ? 'it is a folder' : 'it is no plain file',
      'Name an archive that was written to a file.',
    )
  } catch (error) {
    await file?.close()
    throw error instanceof AppError ? error : pathFault(path, error)
  }
}

/** What a file system said of a path, as a coded error. */
export function pathFault(path: string, error: unknown): AppError {
  const code = codeOf(error) ?? ''
  const [why, hint] = FAULTS[code] ?? [`the system says ${code === '' ? String(error) : code}`]
  return noArchive(path, why, hint, error)
}

const FULL = 'Make room, or choose a place on another disk.'
const FAULTS: Record<string, [why: string, hint?: string]> = {
  ENOENT: ['it is not there', 'Check the path; a folder must be there before a file is written into it.'],
  ENOTDIR: ['a part of the path is no folder'],
  ELOOP: ['its links lead in a circle'],
  EACCES: ['this user may not', 'Choose a place that is yours.'],
  EPERM: ['the system does not allow it', 'Choose another place.'],
  EROFS: ['the file system is read-only', 'Choose another place.'],
  EISDIR: ['it is a folder', 'Add the name of a file.'],
  EEXIST: ['something of that name is there already', 'Choose another name, or move it away.'],
  ENAMETOOLONG: ['its name is too long'],
  ENOSPC: ['the disk is full', FULL],
  EDQUOT: ['your share of the disk is used up', FULL],
  EFBIG: ['the file system takes no file so large', 'Choose a place on another disk.'],
  EIO: ['the disk reports an error', 'Look at the log of the system.'],
}
