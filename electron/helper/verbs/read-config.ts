import { requireFileOf } from '../config-path'
import { ConfigFile } from '../file'
import { tidy } from '../tidy'
import type { Verb } from '../verb'
import { Input } from './input'

interface ReadInput {
  path: string
  pid: number | undefined
}

/** daemon.json where only root may read it. */
export interface ReadOutput {
  exists: boolean
  /** The bytes in base64: they need not be UTF-8. */
  base64: string
  hash: string
  mode: number
  mtimeMs: number
}

export const readConfig: Verb<ReadInput, ReadOutput> = {
  name: 'read-config',
  parse(input) {
    const fields = Input.of(input, ['path', 'pid'])
    return { path: fields.path('path'), pid: fields.optional('pid', (name) => fields.pid(name)) }
  },
  async run({ path, pid }) {
    await requireFileOf(path, pid)
    await tidy(path)
    const file = await ConfigFile.open(path)
    try {
      const state = await file?.read()
      return {
        exists: state?.exists ?? false,
        base64: state?.bytes.toString('base64') ?? '',
        hash: state?.hash ?? 'absent',
        mode: state?.mode ?? 0,
        mtimeMs: state?.mtimeMs ?? 0,
      }
    } finally {
      await file?.close()
    }
  },
}
