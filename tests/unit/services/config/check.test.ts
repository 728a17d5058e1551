import { describe, expect, it } from 'vitest'
import type { Problem } from '../../../../electron/services/config/document'
import { stateOf } from '../../../../electron/services/config/file-state'
import { parseFlags } from '../../../../electron/services/config/flags'
import { checkStatic } from '../../../../electron/services/config/static'
import {
  RECORDED_FILES,
  RECORDED_VERSIONS,
  recordedFlags,
  type RecordedFile,
  type RecordedVerdict,
  type RecordedVersion,
} from '../../../support/recorded/config-verdicts'

/**
 * Where the static check may differ from the recorded verdict, each by name and version with the
 * reason. `file-only`: the daemon was only asked for the file, and the check tells what comes some
 * seconds later in its start. `machine`: the text cannot tell; a trial does.
 */
const EXCEPTIONS: Readonly<Record<string, readonly ['file-only' | 'machine', string]>> = {
  'tlsmissing 20.10.24': ['file-only', 'certificates are loaded after the file check; 26 says so in it'],
  'mirror 20.10.24': ['file-only', 'ends with "invalid mirror", as "start mirror" does'],
  'mirror 26.1.5': ['file-only', 'ends with "invalid mirror", as "start mirror" does'],
  'badrtm 29.7.2': ['file-only', 'ends with "specified default runtime … does not exist", as 28 does'],
  'badruntimes 29.7.2': ['file-only', 'ends with "runtime name … is reserved", as 28 does'],
  'badpool 29.7.2': ['file-only', 'the default bridge finds no network; recorded starts had no bridge'],
  'logopt 29.7.2': ['file-only', 'ends with "unknown log opt", as 28 does'],
  'cgdrv 29.7.2': ['file-only', 'ends with "native.cgroupdriver option bogus not supported", as 28 does'],
  'start devicemapper 20.10.24': ['machine', 'a driver 20.10 has, and the kernel it ran on had not'],
}

/**
 * Refused for what is not on the machine, which the check sees by looking there: a file, a user, a
 * socket. On a machine that has them it must say nothing.
 */
const SEEN_ON_THE_MACHINE: Readonly<Record<string, string>> = {
  tlsmissing: 'value/no-file',
  'start userns': 'value/user',
  'start seccomp': 'value/no-file',
  'start containerd': 'value/no-socket',
}

const recorded = RECORDED_VERSIONS.flatMap((version) =>
  RECORDED_FILES.flatMap((file) => {
    const verdict = file.verdicts[version]
    return verdict === undefined ? [] : [{ file, version, verdict, id: `${file.name} ${version}` }]
  }),
)

function errors(file: RecordedFile, version: RecordedVersion, verdict: RecordedVerdict): Problem[] {
  const argv = ['dockerd', ...recordedFlags(version, verdict), ...(file.flags ?? [])]
  const { problems } =
    file.text === undefined
      ? // What is no UTF-8 is told by who reads the bytes; the check is given text.
        stateOf({ exists: true, base64: file.base64 ?? '', hash: '', mode: 0o644, mtimeMs: 0 }, version)
      : checkStatic(file.text, { version, flags: parseFlags(argv, version) })
  return problems.filter(({ severity }) => severity === 'error')
}

describe('the static check agrees with the recorded daemons', () => {
  it.each(recorded)('$id', ({ file, version, verdict, id }) => {
    const found = errors(file, version, verdict)
    const kind = EXCEPTIONS[id]?.[0]
    const agrees = (found.length === 0) === verdict.accepted
    // An exception that is none any more must go from the table.
    expect(agrees, JSON.stringify({ verdict, found })).toBe(kind === undefined)
    if (kind === 'file-only') expect(verdict).toMatchObject({ accepted: true, by: 'file' })
    if (kind === 'machine') expect(verdict).toMatchObject({ accepted: false, by: 'start' })
    const code = SEEN_ON_THE_MACHINE[file.name]
    if (code !== undefined && !verdict.accepted) expect(found.map((each) => each.code)).toContain(code)
  })

  it('knows every exception by a name that was recorded', () => {
    const ids = recorded.map(({ id }) => id)
    expect(Object.keys(EXCEPTIONS).filter((id) => !ids.includes(id))).toEqual([])
  })
})

it('every refused file that is text is told where', () => {
  for (const { file, version, verdict, id } of recorded) {
    if (verdict.accepted || EXCEPTIONS[id] !== undefined) continue
    for (const { line, column } of errors(file, version, verdict)) {
      expect(line, id).toBeGreaterThan(0)
      expect(column, id).toBeGreaterThan(0)
    }
  }
})
