import { execFileSync } from 'node:child_process'
import { appendFileSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Lab } from '../support/lab'

const PER_FOLDER = 40
/** Files that lie in one folder, of all in the volume at most a fifth. */
const CROWD = 20_000

export interface PlantedRoot {
  /** Folder with very many files, below the data-root. */
  crowd: string
  /** How many. */
  crowded: number
  /** Makes every hundredth file of the volume longer. */
  change(): void
}

const planted = new WeakMap<Lab, PlantedRoot>()

/**
 * A data-root of so many small files: half of them in a layer of an image, half in a volume, part of
 * these in one folder. Planted once for each daemon.
 */
export function plantDataRoot(lab: Lab, files: number): PlantedRoot {
  const known = planted.get(lab)
  if (known !== undefined) return known
  const source = join(lab.dir, 'bench-layer')
  plant(source, files / 2)
  execFileSync('sh', [
    '-c',
    'tar -C "$1" -c . | docker -H "$2" import - bench:layer >/dev/null',
    'sh',
    source,
    lab.endpoint,
  ])
  rmSync(source, { recursive: true, force: true })
  lab.docker('volume', 'create', 'bench')
  const volume = join(lab.dataRoot, 'volumes/bench/_data')
  const crowded = Math.min(CROWD, Math.floor(files / 10))
  const spread = files / 2 - crowded
  plant(volume, spread)
  mkdirSync(join(volume, 'crowd'))
  for (let made = 0; made < crowded; made += 1) writeFileSync(join(volume, 'crowd', `file-${made}`), 'x')
  const change = (): void => {
    for (let made = 1; made < spread; made += 100)
      appendFileSync(join(folderOf(volume, made), String(made)), 'y'.repeat(5_000))
  }
  const root = { crowd: 'volumes/bench/_data/crowd', crowded, change }
  planted.set(lab, root)
  return root
}

/** Takes away what a scan of this data-root keeps for the next one. */
export function forgetScan(lab: Lab): void {
  const { dev, ino } = statSync(lab.dataRoot)
  rmSync(`/var/cache/porthole/scan-${dev.toString(16)}-${ino.toString(16)}.json`, { force: true })
}

/** Small files in many folders. */
function plant(folder: string, files: number): void {
  for (let made = 0; made < files; made += 1) {
    const at = folderOf(folder, made)
    if (made % PER_FOLDER === 0) mkdirSync(at, { recursive: true })
    writeFileSync(join(at, String(made)), 'x'.repeat(made % 3 === 0 ? 0 : made % 5_000))
  }
}

function folderOf(folder: string, made: number): string {
  const number = Math.floor(made / PER_FOLDER)
  return join(folder, String(number % 37), String(number % 11), String(number))
}
