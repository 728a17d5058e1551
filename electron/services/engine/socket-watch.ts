import { watch } from 'node:fs'
import { basename, dirname } from 'node:path'

/**
 * Calls `onChange` when the socket file at `path` appears, goes or changes its mode. Where the
 * folder cannot be watched nothing is called, and the back-off has to do. Returns the end of it.
 */
export function watchSocketFile(path: string, onChange: () => void): () => void {
  const name = basename(path)
  try {
    const watcher = watch(dirname(path), { persistent: false }, (_event, changed) => {
      if (changed === null || changed === name) onChange()
    })
    // The folder itself can go away.
    watcher.on('error', () => watcher.close())
    return () => watcher.close()
  } catch {
    return () => undefined
  }
}
