import { requireFileOf } from '../config-path'
import { configFileOf } from '../daemon'
import { DEFAULT_FILE } from '../manager'
import { requireRootSocket, trustedDaemon } from '../paths'
import type { Back } from '../record-back'
import { holdDebug } from '../record-keeper'
import { HelperError, type Verb } from '../verb'
import { Input } from './input'

interface DebugForInput {
  pid: number
  socketPath: string
  forMs: number
}

/** Longest that debug is held on, in milliseconds. */
export const LONGEST_MS = 15 * 60_000

/**
 * Holds dockerd's debug mode on until it is told to stop, the caller is gone or the time is over, and
 * says `{ switched }` as progress when it is on. Of the file only `debug` is changed, by this program.
 */
export const debugFor: Verb<DebugForInput, { back: Back | 'untouched' }> = {
  name: 'debug-for',
  parse(input) {
    const fields = Input.of(input, ['pid', 'socketPath', 'forMs'])
    const forMs = fields.number('forMs')
    if (forMs < 1 || forMs > LONGEST_MS)
      throw new HelperError('helper/failed', `"forMs" must be between 1 and ${LONGEST_MS}.`)
    return { pid: fields.pid('pid'), socketPath: fields.path('socketPath'), forMs }
  },
  async run({ pid, socketPath, forMs }, { emit, signal }) {
    const path = configFileOf(trustedDaemon(pid)) ?? DEFAULT_FILE
    await requireFileOf(path, pid)
    requireRootSocket(socketPath)
    const back = await holdDebug({ path, pid, socketPath, forMs }, { signal, onHeld: emit })
    return { back }
  },
}
