import { lstatSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { isAlive, isRootsOwn, type DaemonProcess } from './daemon'
import { Folder } from './folder'
import { HelperError } from './verb'

/** As dockerd 1.13 and newer names them; the time has seconds. */
const STACKS = /^goroutine-stacks-[0-9T:Z+-]+\.log$/
/** Writing stops the whole program for a moment; a host that is out of breath takes its time. Milliseconds. */
const WRITTEN_WITHIN_MS = 20_000
const LOOK_MS = 100
/** Most bytes of a dump that are handed on, the last ones. */
const MAX_DUMP = 16 * 1024 * 1024

export interface DumpedStacks {
  /** The file as dockerd wrote it; it stays there. */
  path: string
  /** Its text as a gzip in base64. */
  gzip: string
  truncated: boolean
}

/**
 * Has a dockerd write the stacks of its goroutines below its exec-root (SIGUSR1) and reads that very
 * file: it was not there before, it is a plain file, and no link on the way is followed. Go ignores
 * the signal as long as dockerd does not listen for it. Throws `runtime/no-dump` when nothing
 * comes, `helper/path-refused` where others than root may write.
 */
export async function dumpStacks(
  daemon: DaemonProcess,
  execRoot: string,
  signal: AbortSignal,
): Promise<DumpedStacks> {
  const real = realFolder(execRoot)
  const folder = await Folder.open(real)
  if (!folder) throw refused(execRoot)
  try {
    const before = new Set(await stacksIn(folder))
    await passTheSecondOf([...before].map((name) => join(real, name)))
    // The number alone could be another program's by now.
    if (!isAlive(daemon)) throw none('dockerd has ended.')
    process.kill(daemon.pid, 'SIGUSR1')
    const name = await written(folder, before, signal)
    const read = await folder.readTail(name, MAX_DUMP)
    if (!read) throw none('The file it wrote is gone.')
    return {
      path: join(execRoot, name),
      gzip: gzipSync(read.bytes).toString('base64'),
      truncated: read.size > read.bytes.length,
    }
  } finally {
    await folder.close()
  }
}

/** `/var/run` is a link itself; from the exec-root on there may be none. */
function realFolder(execRoot: string): string {
  let real: string
  try {
    real = realpathSync(execRoot)
  } catch {
    throw refused(execRoot)
  }
  if (!execRoot.startsWith('/') || !isRootsOwn(real)) throw refused(execRoot)
  return real
}

/** Two dumps within one second would have the same name. */
async function passTheSecondOf(paths: readonly string[]): Promise<void> {
  const newest = Math.max(0, ...paths.map((path) => lstatSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0))
  const age = Date.now() - newest
  if (age >= 0 && age < 1_000) await setTimeout(1_000 - age)
}

/** Name of the file that came to be and does not grow any more. */
async function written(folder: Folder, before: ReadonlySet<string>, signal: AbortSignal): Promise<string> {
  const until = Date.now() + WRITTEN_WITHIN_MS
  let size = 0
  while (Date.now() < until && !signal.aborted) {
    await setTimeout(LOOK_MS)
    const name = (await stacksIn(folder)).find((each) => !before.has(each))
    if (name === undefined) continue
    const now = (await folder.readTail(name, 0))?.size ?? 0
    if (now > 0 && now === size) return name
    size = now
  }
  throw none('It wrote none within 20 s.')
}

async function stacksIn(folder: Folder): Promise<string[]> {
  return (await folder.names()).filter((name) => STACKS.test(name)).sort()
}

function none(why: string): HelperError {
  return new HelperError('runtime/no-dump', `There is no dump of dockerd’s goroutines: ${why}`, {
    hint: 'A process that waits for a disk cannot take a signal either.',
  })
}

function refused(path: string): HelperError {
  return new HelperError('helper/path-refused', `${path} is not where root’s dockerd writes.`, {
    hint: 'It is not there, or others than root may write in it.',
    detail: { path },
  })
}
