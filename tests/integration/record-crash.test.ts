import { spawn } from 'node:child_process'
import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { HOLD_FLAG } from '../../electron/helper/record-keeper'
import { tidy } from '../../electron/helper/tidy'
import { bundle } from '../support/bundle'
import { Lab } from '../support/lab'
import { stopAll } from '../support/plain-daemon'
import { Random } from '../support/random'
import { until } from '../support/until'

/** How often it is killed; `PORTHOLE_CRASH_RUNS=100` for the whole. */
const RUNS = Number(process.env['PORTHOLE_CRASH_RUNS'] ?? 12)
/** Longest that a switch takes on a busy machine, in milliseconds. */
const SPAN_MS = 700
const PLAIN = '{\n  "labels": ["of=lab"]\n}\n'

describe('what holds debug on, killed at any moment', () => {
  let lab: Lab
  let helper: string
  const random = new Random(7)

  beforeAll(async () => {
    helper = await bundle('electron/helper/main.ts', 'porthole-helper')
    lab = await Lab.start({ config: PLAIN })
  })
  afterAll(async () => {
    await stopAll(lab)
    rmSync(dirname(helper), { recursive: true, force: true })
  })

  /** A lock of a process that is gone holds nothing, and goes with the next. */
  const left = (): string[] => readdirSync(lab.dir).filter((name) => /^\.daemon\.json|-recording$/.test(name))

  /** Starts it, has it switch back or not, and kills it a moment later. */
  async function killed(moment: 'on' | 'off'): Promise<void> {
    const request = { path: lab.configFile, pid: lab.pid, socketPath: lab.socket, forMs: 120_000 }
    const child = spawn(process.execPath, [helper, HOLD_FLAG], { stdio: ['pipe', 'pipe', 'ignore'] })
    const lines: string[] = []
    createInterface({ input: child.stdout }).on('line', (line) => lines.push(line))
    child.stdin.write(`${JSON.stringify(request)}\n`)
    if (moment === 'off') {
      await until('debug to be held', () => lines.length > 0)
      child.stdin.end()
    }
    setTimeout(() => child.kill('SIGKILL'), random.int(SPAN_MS))
    await until('its end', () => child.exitCode !== null || child.signalCode !== null)
  }

  it.each(['on', 'off'] as const)(
    'while it switches debug %s leaves nothing that the next start does not put in order',
    async (moment) => {
      for (let run = 0; run < RUNS / 2; run += 1) {
        await killed(moment)
        await tidy(lab.configFile, lab.socket)
        expect(readFileSync(lab.configFile, 'utf8')).toBe(PLAIN)
        expect((await lab.info())['Debug']).toBe(false)
        expect(left()).toEqual([])
      }
    },
  )
})
