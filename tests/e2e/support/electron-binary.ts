import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const own = fileURLToPath(new URL('../../../node_modules/electron/dist', import.meta.url))

/** Electron of ELECTRON_OVERRIDE_DIST_PATH, else the one npm unpacked; undefined when there is none. */
export function electronBinary(): string | undefined {
  const file = join(process.env['ELECTRON_OVERRIDE_DIST_PATH'] ?? own, 'electron')
  return existsSync(file) ? file : undefined
}
