import { configFileOf } from '../daemon'
import { DEFAULT_EXEC_ROOT, daemonSettings } from '../daemon-setting'
import { dumpStacks, type DumpedStacks } from '../dump'
import { DEFAULT_FILE } from '../manager'
import { trustedDaemon } from '../paths'
import type { Verb } from '../verb'
import { Input } from './input'

interface DumpInput {
  /** Of dockerd. */
  pid: number
}

/** Stacks of the goroutines of a dockerd that root runs, written by itself when it is signalled. */
export const dump: Verb<DumpInput, DumpedStacks> = {
  name: 'dump',
  parse(input) {
    return { pid: Input.of(input, ['pid']).pid('pid') }
  },
  run({ pid }, { signal }) {
    const daemon = trustedDaemon(pid)
    const setting = daemonSettings(daemon.argv, configFileOf(daemon) ?? DEFAULT_FILE)
    return dumpStacks(daemon, setting('exec-root') ?? DEFAULT_EXEC_ROOT, signal)
  },
}
