import { statfs, stat } from 'node:fs/promises'
import { dirname } from 'node:path'

/** A file system as statfs(2) tells, in bytes. `usedBytes` and `freeBytes` are those of df(1). */
export interface FileSystem {
  sizeBytes: number
  usedBytes: number
  freeBytes: number
  /** The path is where it is mounted: nothing beside what lies below the path is on it. */
  own: boolean
}

/** The file system of a path; undefined where there is none, or it may not be looked at. */
export async function fileSystemOf(path: string): Promise<FileSystem | undefined> {
  try {
    const [{ bsize, blocks, bfree, bavail }, here, above] = await Promise.all([
      statfs(path),
      stat(path),
      stat(dirname(path)),
    ])
    return {
      sizeBytes: blocks * bsize,
      usedBytes: (blocks - bfree) * bsize,
      freeBytes: bavail * bsize,
      own: here.dev !== above.dev,
    }
  } catch {
    return undefined
  }
}
