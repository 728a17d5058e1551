import type { Verb } from '../verb'
import { Input } from './input'

/** The first call of a session: says that the helper runs, and as whom. */
export const hello: Verb<undefined, { protocol: number; pid: number; uid: number }> = {
  name: 'hello',
  parse(input) {
    Input.of(input, [])
    return undefined
  },
  run() {
    return Promise.resolve({ protocol: 1, pid: process.pid, uid: process.geteuid?.() ?? -1 })
  },
}
