import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { tryConfig } from '../../electron/helper/trial'
import { validateWithDockerd } from '../../electron/helper/validate'
import { knows, OPTIONS } from '../../electron/services/config/options'
import { schemaFor } from '../../electron/services/config/schema'
import { checkStatic } from '../../electron/services/config/static'
import { generations, Lab, nextBin, type Generation } from '../support/lab'
import { until } from '../support/until'
import { show, spread, timeCommand, type Figure, type Spread } from './measure'

const VERSION = '28.5.2'
const SHORT = 200
const LONG = 5_000
/** Milliseconds a check may take while somebody types. */
const INSTANT_MS = 50
const RATIO = 1.5

/** A valid file of about so many lines: an example of every option, and labels. */
function fileOf(lines: number): string {
  const single = OPTIONS.filter((each) => knows(each, VERSION) && each.inside === undefined)
    .filter(({ type, removed }) => removed === undefined && ['bool', 'int'].includes(type))
    .flatMap(({ key, example }): [string, unknown][] => (example === undefined ? [] : [[key, example]]))
  const labels = Array.from({ length: lines - single.length - 4 }, (_, i) => `label-${i}=value ${i}`)
  return JSON.stringify(Object.fromEntries([...single, ['labels', labels]]), undefined, 2)
}

function timeOf(work: () => unknown): number {
  const began = performance.now()
  work()
  return performance.now() - began
}

function exact(values: Spread): string {
  const digits = (value: number): string => value.toFixed(2)
  return `${digits(values.median)} (${digits(values.min)}–${digits(values.max)}) ms`
}

/** The static check against what a program would do that only asks whether the file has the right shape. */
function measureStatic(runs: number): Figure[] {
  const schema = schemaFor(VERSION)
  const target = { version: VERSION, flags: [] }
  return [SHORT, LONG].map((lines) => {
    const text = fileOf(lines)
    const took = { check: [] as number[], bare: [] as number[] }
    for (let run = 0; run < runs * 10; run += 1) {
      took.check.push(timeOf(() => checkStatic(text, target)))
      took.bare.push(timeOf(() => schema.safeParse(JSON.parse(text))))
    }
    const [check, bare] = [spread(took.check.slice(runs)), spread(took.bare.slice(runs))]
    return {
      what: `static check, ${text.split('\n').length} lines : JSON.parse and zod`,
      porthole: exact(check),
      peer: exact(bare),
      target: `≤ ${INSTANT_MS} ms`,
      value: check.median,
      met: check.median <= INSTANT_MS,
    }
  })
}

/** `--validate` through Porthole against the bare command, interleaved. */
async function measureValidate(folder: string, binary: string, runs: number): Promise<Figure> {
  const text = fileOf(SHORT)
  const path = join(folder, 'daemon.json')
  writeFileSync(path, text)
  const took = { porthole: [] as number[], bare: [] as number[] }
  for (let run = 0; run <= runs; run += 1) {
    const began = performance.now()
    const { verdict, message } = await validateWithDockerd({ binary, argv: [], text, path })
    if (verdict !== 'ok') throw new Error(`dockerd refuses the file of the bench: ${message}`)
    took.porthole.push(performance.now() - began)
    took.bare.push(await timeCommand(binary, ['--validate', '--config-file', path]))
  }
  return ratioOf('validate : bare dockerd --validate', took)
}

/** A whole trial, its removal included, against a bare start of the same binary until its API answers. */
async function measureTrial(generation: Generation, runs: number): Promise<Figure> {
  const took = { porthole: [] as number[], bare: [] as number[] }
  const text = '{"labels": ["a=1"]}'
  for (let run = 0; run <= runs; run += 1) {
    const lab = Lab.prepare({ generation, config: text })
    try {
      took.bare.push(await timeStart(lab))
      const began = performance.now()
      const trial = { binary: lab.binary, argv: [], text, path: lab.configFile }
      const { verdict, message } = await tryConfig(trial)
      if (verdict !== 'started') throw new Error(`The trial came to ${verdict}: ${message}`)
      took.porthole.push(performance.now() - began)
    } finally {
      await lab.stop()
    }
  }
  return ratioOf(`trial : bare scratch start (${generation})`, took)
}

/** Milliseconds until a daemon of the lab answers; it is ended again. */
async function timeStart(lab: Lab): Promise<number> {
  const [program = '', ...args] = lab.command
  const began = performance.now()
  const child = spawn(program, args, { stdio: 'ignore', env: lab.env })
  const gone = new Promise((resolve) => child.once('exit', resolve))
  try {
    await until('dockerd to answer', async () => (await lab.get('/_ping')).status === 200, { everyMs: 10 })
    return performance.now() - began
  } finally {
    child.kill('SIGTERM')
    await gone
  }
}

function ratioOf(what: string, took: { porthole: number[]; bare: number[] }): Figure {
  // The first run of each reads its files from disk.
  const [ours, bare] = [spread(took.porthole.slice(1)), spread(took.bare.slice(1))]
  const value = ours.median / bare.median
  return {
    what,
    porthole: show(ours, 'ms'),
    peer: show(bare, 'ms'),
    target: `≤ ${RATIO} times`,
    value,
    met: value <= RATIO,
  }
}

/** The three depths of `config.check`, each beside what does the same barely. */
export async function measureCheck(runs: number): Promise<Figure[]> {
  const figures = measureStatic(runs)
  const folder = mkdtempSync(join(tmpdir(), 'porthole-bench-'))
  try {
    if (nextBin === undefined)
      console.error(
        'validate is not measured: 20.10 has none, and PORTHOLE_TEST_DOCKERD names no second dockerd.',
      )
    else figures.push(await measureValidate(folder, join(nextBin, 'dockerd'), runs))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
  for (const generation of generations) figures.push(await measureTrial(generation, runs))
  return figures
}
