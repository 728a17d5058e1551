import { closeSync, lstatSync } from 'node:fs'
import { rename, rmdir, unlink } from 'node:fs/promises'
import { codeOf } from '../file-error'
import { inside, namesIn, openFolderIn, type Name } from '../storage/tree'

/**
 * Removes everything in an open folder, however deep. Each folder below is first moved up into it, so
 * no path is ever longer than two names, and none leads through a link that somebody puts there
 * meanwhile. Killed in the middle, what is left is still in the folder.
 */
export async function emptyFolder(trash: number): Promise<void> {
  let count = 0
  for (let names = namesIn(trash); names.length > 0; names = namesIn(trash))
    for (const name of names) {
      if (!isFolder(trash, name)) {
        await unlink(inside(trash, name))
        continue
      }
      const folder = openFolderIn(trash, name)
      try {
        for (const each of namesIn(folder))
          if (!isFolder(folder, each)) await unlink(inside(folder, each))
          else
            do count += 1
            while (!(await moved(inside(folder, each), inside(trash, `f${count}`))))
      } finally {
        closeSync(folder)
      }
      await rmdir(inside(trash, name))
    }
}

function isFolder(fd: number, name: Name): boolean {
  return lstatSync(inside(fd, name), { throwIfNoEntry: false })?.isDirectory() ?? false
}

/** False when the name is taken, by what an earlier end in the middle has left. */
async function moved(from: Name, to: Name): Promise<boolean> {
  try {
    await rename(from, to)
    return true
  } catch (error) {
    if (['ENOTEMPTY', 'EEXIST', 'ENOTDIR'].includes(codeOf(error) ?? '')) return false
    throw error
  }
}
