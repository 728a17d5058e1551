import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { startOf } from './daemon'
import { codeOf, fileError } from './file-error'
import type { Folder } from './folder'
import { HelperError } from './verb'

/** One process for good: a pid is used again, within a boot and after it. */
export interface Holder {
  pid: number
  startTicks: string
  boot: string
}

/** How often a lock that vanishes while it is looked at is tried again. */
const ATTEMPTS = 20

/** A file that names the process which holds it; one of a dead process holds nothing. */
export class Lock {
  private constructor(
    private readonly folder: Folder,
    private readonly name: string,
  ) {}

  /** Throws `config/busy` while a living process holds it, and what the system says. */
  static async take(folder: Folder, name: string): Promise<Lock> {
    const temporary = `.${name}-${randomBytes(6).toString('hex')}`
    const owner = { mode: 0o644, uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0 }
    await folder
      .create(temporary, Buffer.from(JSON.stringify(thisProcess())), owner)
      .catch((error: unknown) => {
        throw fileError(error, `${folder.path}/${name}`)
      })
    try {
      for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
        try {
          // A second name appears with its whole content, or not at all.
          await folder.link(temporary, name)
          return new Lock(folder, name)
        } catch (error) {
          // Whoever holds the lock clears away what it takes for left behind, ours among it.
          if (codeOf(error) === 'ENOENT') return await Lock.take(folder, name)
          if (codeOf(error) !== 'EEXIST') throw fileError(error, `${folder.path}/${name}`)
        }
        if (await isHeld(folder, name)) throw busy()
        await clear(folder, name)
      }
      throw busy()
    } finally {
      await folder.remove(temporary)
    }
  }

  async release(): Promise<void> {
    await this.folder.remove(this.name)
  }
}

/** Whether a living process holds the lock. */
export async function isHeld(folder: Folder, name: string): Promise<boolean> {
  const { exists, bytes } = await folder.read(name)
  if (!exists) return false
  const holder = holderOf(bytes)
  return holder !== undefined && lives(holder)
}

/** Whether it is still that very process, and runs. */
export function lives({ pid, startTicks, boot }: Holder): boolean {
  return boot === bootId() && startOf(pid) === startTicks
}

/**
 * Removes the lock of a dead process. Two that find it at once must not both: only who holds the
 * lock on that may, and it is dead-proof in the same way.
 */
async function clear(folder: Folder, name: string): Promise<void> {
  const right = await Lock.take(folder, `${name}.stale`)
  try {
    if (!(await isHeld(folder, name))) await folder.remove(name)
  } finally {
    await right.release()
  }
}

/** This process, as a holder. */
export function thisProcess(): Holder {
  return { pid: process.pid, startTicks: startOf(process.pid) ?? '', boot: bootId() }
}

function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  } catch {
    return ''
  }
}

function holderOf(bytes: Buffer): Holder | undefined {
  try {
    const { pid, startTicks, boot } = JSON.parse(bytes.toString('utf8')) as Partial<Holder>
    return typeof pid === 'number' && typeof startTicks === 'string' && typeof boot === 'string'
      ? { pid, startTicks, boot }
      : undefined
  } catch {
    return undefined
  }
}

function busy(): HelperError {
  return new HelperError('config/busy', 'Another change of daemon.json or of the engine is under way.', {
    hint: 'Wait until it is done.',
  })
}
