import { expect, it } from 'vitest'
import { AppError } from '../../../../electron/contract/errors'
import { parseDocument } from '../../../../electron/services/config/document'
import { editDocument } from '../../../../electron/services/config/edit'
import { OPTIONS } from '../../../../electron/services/config/options'
import { checkStatic } from '../../../../electron/services/config/static'
import { Random } from '../../../support/random'
import { anyValue, mutateText, writeFile } from '../../../support/random-files'

const ROUNDS = Number(process.env['PORTHOLE_FUZZ_ROUNDS'] ?? 3_000)
const SEED = Number(process.env['PORTHOLE_FUZZ_SEED'] ?? 20_261_124)
const VERSIONS = ['20.10.24', '24.0.9', '26.1.5', '28.5.2', '29.7.2', 'dev']

/** Pairs of key and value text as they stand in the file, duplicates and order included. */
function pairs(text: string): [string, string][] | undefined {
  return parseDocument(text.trim() === '' ? '{}' : text, '28.5.2').members?.map(({ key, node }) => [
    key,
    text.slice(node.offset, node.offset + node.length),
  ])
}

function edited(text: string, set: Map<string, unknown>, unset: string[]): string | undefined {
  try {
    return editDocument(text, set, unset)
  } catch (error) {
    if (error instanceof AppError && error.code === 'config/invalid') return undefined
    throw error
  }
}

it(`${ROUNDS} random and mutated texts: no crash, and an edit changes nothing it was not asked to`, () => {
  const random = new Random(SEED)
  let slowest = { ms: 0, text: '' }
  for (let round = 0; round < ROUNDS; round += 1) {
    const text = mutateText(writeFile(random), random)
    const key = random.pick(OPTIONS).key
    const value = anyValue(random, 2)
    const gone = random.chance(0.3) ? [random.pick(OPTIONS).key].filter((each) => each !== key) : []
    const version = random.pick(VERSIONS)
    const run = () => {
      const began = performance.now()
      const { problems } = checkStatic(text, { version, flags: [] })
      const after = edited(text, new Map([[key, value]]), gone)
      return { problems, after, ms: performance.now() - began }
    }
    const { problems, after, ms: first } = run()
    let ms = first
    // What another program or the collector took is not the text's.
    for (let again = 0; again < 3 && ms > slowest.ms; again += 1) ms = Math.min(ms, run().ms)
    if (ms > slowest.ms) slowest = { ms, text }

    const odd = problems.find((each) => !((each.line ?? 1) >= 1 && (each.column ?? 1) >= 1))
    if (odd !== undefined) expect(odd, text).toBeUndefined()
    if (after === undefined) continue
    const others = (all: [string, string][] | undefined) =>
      all?.filter(([name]) => name !== key && !gone.includes(name))
    expect(others(pairs(after)), text).toEqual(others(pairs(text)) ?? [])
    const now = JSON.parse(after) as Record<string, unknown>
    expect(now[key], text).toEqual(JSON.parse(JSON.stringify(value)))
    for (const name of gone) expect(Object.hasOwn(now, name), text).toBe(false)
  }
  process.stdout.write(
    `slowest of ${ROUNDS}: ${slowest.ms.toFixed(1)} ms for ${slowest.text.length} characters\n`,
  )
}, 1_800_000)
