import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseFlags } from '../../electron/services/config/flags'
import { knows, OPTIONS } from '../../electron/services/config/options'
import { checkStatic } from '../../electron/services/config/static'
import { generations } from '../support/lab'
import { mutatedFile } from '../support/mutated-file'
import { Random } from '../support/random'
import { Verdicts } from '../support/verdicts'

const FILES = Number(process.env['PORTHOLE_VERDICT_FILES'] ?? 150)
const SEED = Number(process.env['PORTHOLE_VERDICT_SEED'] ?? 20_261_124)
/** One in so many files is really started, whatever the check says of it; 1 starts them all. */
const SAMPLE = Number(process.env['PORTHOLE_VERDICT_SAMPLE'] ?? 20)
const AT_ONCE = 3

/** What only the machine can know, by what dockerd says of it. */
const BY_MACHINE: readonly RegExp[] = [
  // Whether the name of a host in `hosts` is known.
  /listen tcp: lookup |failed to lookup \S+ address in host/,
  // Whether an address in `hosts` is one of its own.
  /bind: cannot assign requested address/,
]

describe.each(generations)('the static check against the real daemon, %s', (generation) => {
  let verdicts: Verdicts
  beforeAll(async () => {
    verdicts = await Verdicts.open(generation)
  })
  afterAll(() => verdicts.close())

  it(`agrees on ${FILES} files made by mutating valid ones`, async () => {
    const random = new Random(SEED)
    const { version } = verdicts
    const options = OPTIONS.filter((each) => knows(each, version))
    const files = Array.from({ length: FILES }, (_, i) => mutatedFile(options, i, random))
    const deviations: object[] = []
    const count = { accepted: 0, refused: 0, started: 0, machine: 0 }
    const work = files.entries()
    const judge = async (): Promise<void> => {
      for (const [index, text] of work) {
        const flags = verdicts.quietFlags(text)
        const target = { version, flags: parseFlags(['dockerd', ...flags], version) }
        const errors = checkStatic(text, target).problems.filter((each) => each.severity === 'error')
        const sampled = index % SAMPLE === 0
        let real = sampled ? undefined : await verdicts.file(text, flags)
        if (real === undefined || (real.started && errors.length > 0)) {
          real = await verdicts.start(text, flags)
          count.started += 1
        }
        count[real.started ? 'accepted' : 'refused'] += 1
        if ((errors.length === 0) === real.started) continue
        if (errors.length === 0 && BY_MACHINE.some((each) => each.test(real.said))) count.machine += 1
        else deviations.push({ text, ours: errors.map((each) => each.message), said: real.said.slice(-300) })
      }
    }
    await Promise.all(Array.from({ length: AT_ONCE }, judge))
    process.stdout.write(
      `${version}: ${count.accepted} accepted, ${count.refused} refused, ${count.started} of them by a start; ` +
        `${count.machine} known by the machine only; ${deviations.length} deviations\n`,
    )
    expect(deviations).toEqual([])
  }, 1_800_000)
})
