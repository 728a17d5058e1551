import { configFileOf } from '../daemon'
import { trustedBinary, trustedDaemon } from '../paths'
import { tryConfig, type TrialResult } from '../trial'
import type { Verb } from '../verb'
import { Input } from './input'
import { MAX_TEXT } from './validate'

interface TrialInput {
  text: string
  pid: number
}

/** A scratch dockerd with the text, of the same binary as the daemon of a pid; ends when asked to stop. */
export const trial: Verb<TrialInput, TrialResult> = {
  name: 'trial',
  parse(input) {
    const fields = Input.of(input, ['text', 'pid'])
    return { text: fields.text('text', MAX_TEXT), pid: fields.pid('pid') }
  },
  run({ text, pid }, { signal }) {
    const daemon = trustedDaemon(pid)
    return tryConfig({
      binary: trustedBinary(daemon),
      argv: daemon.argv,
      text,
      path: configFileOf(daemon) ?? '/etc/docker/daemon.json',
      signal,
    })
  },
}
