import { existsSync, watch as watchFolder, type FSWatcher } from 'node:fs'
import { dirname } from 'node:path'

/** Watches the folder of the file, or the nearest one above that is there. */
export class FolderWatch {
  #watcher: FSWatcher | undefined
  #folder: string | undefined

  constructor(private readonly changed: () => void) {}

  follow(wanted: string): void {
    let folder = wanted
    while (!existsSync(folder) && folder !== '/') folder = dirname(folder)
    if (folder === this.#folder) return
    this.close()
    try {
      const watcher = watchFolder(folder, { persistent: false }, this.changed)
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
