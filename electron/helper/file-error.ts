import { HelperError } from './verb'

/** The system's code of an error, for example `ENOENT`. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}

export function symlink(path: string): HelperError {
  return new HelperError('config/symlink', `${path} is a symbolic link, and Porthole writes through none.`, {
    hint: 'Name the file it points to with --config, or replace the link by the file.',
    detail: { path },
  })
}

export function changed(path: string): HelperError {
  return new HelperError('config/changed-underneath', `${path} was changed by somebody else meanwhile.`, {
    hint: 'Read it again and repeat your change; nothing was written.',
    detail: { path },
  })
}

const reasons: Record<string, [message: string, hint: string]> = {
  ENOSPC: ['there is no space left on the disk', 'Free some space and try again.'],
  EDQUOT: ['the disk quota is used up', 'Free some space and try again.'],
  EROFS: ['the file system is mounted read-only', 'Mount it writable first.'],
  EACCES: ['this user has no right to', 'Run Porthole with the privileged helper, or as the owner.'],
  EPERM: ['the system does not permit it', 'The file may be immutable (lsattr shows that).'],
  ENOTDIR: ['a part of the path is not a folder', 'Correct the path.'],
  ENOENT: ['the folder is not there', 'Make the folder first.'],
  EIO: ['the disk reports an error', 'Look into the kernel log.'],
}

/** A failed file operation as an error a person can read. */
export function fileError(error: unknown, path: string): HelperError {
  if (error instanceof HelperError) return error
  const code = codeOf(error) ?? 'unknown'
  const [reason, hint] = reasons[code] ?? [`the system says ${code}`, 'Nothing was changed.']
  return new HelperError('config/not-writable', `${path} cannot be written: ${reason}.`, {
    hint,
    detail: { path, code },
  })
}
