import { configFileOf } from '../daemon'
import { ConfigFile } from '../file'
import { DEFAULT_FILE } from '../manager'
import { requireRootSocket, trustedDaemon } from '../paths'
import { reloadConfig, type ReloadResult } from '../reload'
import type { Verb } from '../verb'
import { Input } from './input'

interface ReloadInput {
  pid: number
  socketPath: string
}

/** Has dockerd read its file again and waits for the proof. */
export const reload: Verb<ReloadInput, ReloadResult> = {
  name: 'reload',
  parse(input) {
    const fields = Input.of(input, ['pid', 'socketPath'])
    return { pid: fields.pid('pid'), socketPath: fields.path('socketPath') }
  },
  async run({ pid, socketPath }, { emit }) {
    const daemon = trustedDaemon(pid)
    requireRootSocket(socketPath)
    const path = configFileOf(daemon) ?? DEFAULT_FILE
    const file = await ConfigFile.open(path)
    try {
      const state = await file?.read()
      return await reloadConfig({ path, pid, socketPath, text: state?.bytes.toString('utf8') ?? '' }, emit)
    } finally {
      await file?.close()
    }
  },
}
