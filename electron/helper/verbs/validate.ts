import { configFileOf } from '../daemon'
import { trustedBinary, trustedDaemon } from '../paths'
import { validateWithDockerd, type ValidateResult } from '../validate'
import type { Verb } from '../verb'
import { Input } from './input'

/** Most characters of a daemon.json; the contract's own limit. */
export const MAX_TEXT = 512 * 1024

interface ValidateInput {
  text: string
  pid: number
}

/** `dockerd --validate` as root: it then sees the files that only root may read. */
export const validate: Verb<ValidateInput, ValidateResult> = {
  name: 'validate',
  parse(input) {
    const fields = Input.of(input, ['text', 'pid'])
    return { text: fields.text('text', MAX_TEXT), pid: fields.pid('pid') }
  },
  run({ text, pid }) {
    const daemon = trustedDaemon(pid)
    return validateWithDockerd({
      binary: trustedBinary(daemon),
      argv: daemon.argv,
      text,
      path: configFileOf(daemon) ?? '/etc/docker/daemon.json',
    })
  },
}
