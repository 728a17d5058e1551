import { ConfigFile } from './file'
import { lockName } from './journal'
import { Lock } from './lock'
import { HelperError } from './verb'

/**
 * Does something to the daemon of a daemon.json while nobody changes that file, nor starts, stops
 * or reloads the same daemon. Throws `config/busy` when somebody does, and then nothing was done.
 */
export async function alone<T>(path: string, work: () => Promise<T>): Promise<T> {
  // Where there is no folder yet, or nothing can be written, no change can be under way either.
  const file = await ConfigFile.open(path).catch(() => undefined)
  const lock = file === undefined ? undefined : await lockOf(file)
  try {
    return await work()
  } finally {
    await lock?.release()
    await file?.close()
  }
}

async function lockOf(file: ConfigFile): Promise<Lock | undefined> {
  try {
    return await Lock.take(file.folder, lockName(file))
  } catch (error) {
    if (!(error instanceof HelperError && error.code === 'config/busy')) return undefined
    await file.close()
    throw error
  }
}
