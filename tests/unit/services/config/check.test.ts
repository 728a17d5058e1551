import { describe, expect, it } from 'vitest'
import { checkStatic } from '../../../../electron/services/config/static'
import { parseFlags } from '../../../../electron/services/config/flags'
import { RECORDED, RECORDED_ARGV_2010, RECORDED_VERSIONS } from './recorded'

/**
 * Where the static check says more than the recorded verdict: the daemon's file check lets these
 * pass and the daemon then ends while it starts, which was recorded with real starts.
 */
const FATAL_LATER = new Set([
  'badrtm', // specified default runtime 'nonexist' does not exist
  'badpool', // the default bridge finds no network in the pools
  'badruntimes', // runtime name 'runc' is reserved
  'logopt', // unknown log opt 'bogus' for json-file log driver
  'storage', // driver not supported: nope
  'cgdrv', // native.cgroupdriver option bogus not supported
  'mirror', // invalid mirror
  'tlsmissing', // 20.10 loads the certificates after its file check
])

const target = (version: string, argv: string[] = []) => ({ version, flags: parseFlags(argv, version) })
const problems = (text: string, version: string, argv: string[] = []) =>
  checkStatic(text, target(version, argv)).problems
const accepts = (text: string, version: string, argv: string[] = []) =>
  !problems(text, version, argv).some((each) => each.severity === 'error')

describe.each(RECORDED_VERSIONS.map((version, i) => ({ version, i })))(
  'the recorded files on $version',
  ({ version, i }) => {
    it.each(RECORDED.map(([name, text, verdicts]) => ({ name, text, ok: verdicts[i] === '+' })))(
      '$name',
      ({ name, text, ok }) => {
        const says = accepts(text, version, i === 0 ? RECORDED_ARGV_2010 : [])
        // 29 may keep images in containerd, where a storage driver can have any name.
        if (ok && FATAL_LATER.has(name) && !(name === 'storage' && i === 3)) expect(says).toBe(false)
        else expect(says).toBe(ok)
      },
    )
  },
)
