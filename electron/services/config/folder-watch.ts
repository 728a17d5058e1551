import { existsSync, watch as watchFolder, type FSWatcher } from 'node:fs'
import { basename, dirname } from 'node:path'

/**
 * Tells when a file is made, changed, replaced or removed, by watching its folder, or the nearest one
 * above that is there. What else lies in the folder is passed over: it may be a log that is written
 * to whenever somebody looks at the engine.
 */
export class FolderWatch {
  #watcher: FSWatcher | undefined
  #folder: string | undefined
  /** What is looked for in the folder. */
  #name = ''

  constructor(private readonly changed: () => void) {}

  follow(path: string): void {
    let folder = dirname(path)
    this.#name = basename(path)
    while (!existsSync(folder) && folder !== '/') {
      this.#name = basename(folder)
      folder = dirname(folder)
    }
    if (folder === this.#folder) return
    this.close()
    try {
      const watcher = watchFolder(folder, { persistent: false }, (_event, changed) => {
        if (changed === null || changed === this.#name) this.changed()
      })
      watcher.on('error', () => this.close())
      this.#watcher = watcher
      this.#folder = folder
    } catch {
      // Out of watches, or no right: the engine's events and link still tell of most changes.
    }
  }

  close(): void {
    this.#watcher?.close()
    this.#watcher = undefined
    this.#folder = undefined
  }
}
