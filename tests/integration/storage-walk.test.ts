import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createCrew } from '../../electron/helper/storage/crew'
import { Ledger } from '../../electron/helper/storage/ledger'
import { dataRootRule } from '../../electron/helper/storage/places'
import { survey, type Survey } from '../../electron/helper/storage/survey'
import { Tree } from '../../electron/helper/storage/tree'
import { bundle } from '../support/bundle'
import { du, entriesOf, plantTree } from '../support/storage-tree'
import { until } from '../support/until'

const never = new AbortController().signal

describe.each(['this process', 'processes of the helper'])('a tree walked by %s', (who) => {
  let top: string
  let helper: string | undefined
  beforeAll(async () => {
    top = mkdtempSync(join(tmpdir(), 'porthole-walk-'))
    plantTree(join(top, 'tree'), 8_000)
    if (who !== 'this process') helper = await bundle('electron/helper/main.ts', 'porthole-helper')
  })
  afterAll(() => {
    // Node cannot remove what lies that deep.
    execFileSync('rm', ['-rf', top])
    if (helper !== undefined) rmSync(dirname(helper), { recursive: true, force: true })
  })

  const look = async (tree: Tree, flat: boolean): Promise<Survey> =>
    survey({ tree, rule: dataRootRule() }, [], flat, () => Promise.resolve())

  async function walk(
    signal: AbortSignal,
    onStart: (pids: number[]) => void = () => undefined,
  ): Promise<Ledger> {
    const tree = new Tree(top)
    const before = children()
    const crew = createCrew([tree.fd], helper)
    try {
      const { units, tasks, linked } = await look(tree, true)
      const ledger = new Ledger(units)
      for (const file of linked) ledger.link(file)
      const walked = crew.walk(tasks, (found) => ledger.add(found), signal)
      onStart(children().filter((pid) => !before.includes(pid)))
      await walked
      return ledger
    } finally {
      crew.end()
      tree.close()
    }
  }

  it('comes to what du says: hard links, holes, depth, names of any bytes', async () => {
    const ledger = await walk(never)
    expect(ledger.bytes).toBe(du(top))
    expect(ledger.entries).toBe(entriesOf(top))
    expect(ledger.missed).toBe(0)
    expect(ledger.entangled()).toEqual(new Set())
  })

  it('stops when told to, and leaves no process', async () => {
    const stop = new AbortController()
    const walked = walk(stop.signal, () => stop.abort())
    await walked
    await until('the processes to end', () => children().length === 0 || helper === undefined)
  })

  it('counts what vanishes meanwhile as missed', async () => {
    const vanishing = join(top, 'tree/small/3')
    const ledger = await walk(never, () => rmSync(vanishing, { recursive: true }))
    expect(ledger.bytes).toBeGreaterThanOrEqual(du(top))
  })

  it('fails when a process of it is killed', async () => {
    if (helper === undefined) return
    const walked = walk(never, (pids) => {
      for (const pid of pids) process.kill(pid, 'SIGKILL')
    })
    await expect(walked).rejects.toMatchObject({ code: 'helper/failed' })
  })
})

/** Processes that this one has started and that are the helper's. */
function children(): number[] {
  return readdirSync('/proc/self/task')
    .flatMap((task) => readFileSync(`/proc/self/task/${task}/children`, 'utf8').split(' '))
    .filter((pid) => /^\d+$/.test(pid))
    .map(Number)
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('--walk')
      } catch {
        return false
      }
    })
}
