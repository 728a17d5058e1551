import { execFileSync, spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import type { StorageScan } from '../../electron/services/storage'
import type { Lab } from '../support/lab'
import { du } from '../support/storage-tree'
import { forgetScan, plantDataRoot } from './data-root'
import { porthole, show, spread, timeCommand, treeMemory, type Figure } from './measure'

const FIRST_MS = 1_000
const MEMORY_MIB = 300
const SAMPLE_MS = 50

interface Scanned {
  /** Milliseconds from the question to the last item. */
  took: number
  first: number
  bytes: number
  remembered: number
  /** Peak memory of the program and all its processes, in bytes. */
  memory: number
}

/** One scan by the built command line, a process of its own. */
async function scan(lab: Lab, input: object, sample = false): Promise<Scanned> {
  const args = ['watch', 'storage.scan', JSON.stringify(input), '--endpoint', lab.endpoint]
  const child = spawn(process.execPath, [porthole, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  let memory = 0
  const sampler = setInterval(() => {
    if (sample && child.pid !== undefined) memory = Math.max(memory, treeMemory(child.pid))
  }, SAMPLE_MS)
  try {
    let first: StorageScan | undefined
    let last: StorageScan | undefined
    for await (const line of createInterface({ input: child.stdout })) {
      last = JSON.parse(line) as StorageScan
      first ??= last
    }
    if (first === undefined || last?.state !== 'done') throw new Error('The scan did not end.')
    return {
      took: last.elapsedMs,
      first: first.elapsedMs,
      bytes: last.bytes,
      remembered: last.rememberedBytes,
      memory,
    }
  } finally {
    clearInterval(sampler)
  }
}

/** Empties the system's caches; whether it was allowed to. */
function forget(): boolean {
  try {
    execFileSync('sync')
    writeFileSync('/proc/sys/vm/drop_caches', '3')
    return true
  } catch {
    return false
  }
}

/**
 * A scan with owners beside du, in turns, on a data-root of so many files. Throws when the two do not count the same bytes.
 */
export async function measureScan(lab: Lab, runs: number, files: number): Promise<Figure[]> {
  const many = files.toLocaleString('en')
  const { change } = plantDataRoot(lab, files)

  const timeDu = () => timeCommand('du', ['-sx', '--block-size=1', lab.dataRoot])
  // A scan yields to whatever else runs, so on a busy machine only a du that does the same is its like.
  const modest = 'exec nice -n 19 $(command -v ionice >/dev/null && echo ionice -c 3) du -sx "$1"'
  const timeModestDu = () => timeCommand('sh', ['-c', modest, 'sh', lab.dataRoot])
  const compare = async (times: number, before: () => void) => {
    const took = { scan: [] as Scanned[], du: [] as number[], modest: [] as number[] }
    for (let run = 0; run < times; run += 1) {
      before()
      took.du.push(await timeDu())
      before()
      took.modest.push(await timeModestDu())
      before()
      took.scan.push(await scan(lab, { fresh: true }))
    }
    const [bytes, own] = [du(lab.dataRoot), took.scan.at(-1)?.bytes]
    if (bytes !== own) throw new Error(`The scan counts ${own} bytes, du ${bytes}.`)
    return {
      scans: took.scan,
      scan: spread(took.scan.map((each) => each.took)),
      du: spread(took.du),
      modest: spread(took.modest),
    }
  }
  const figure = (what: string, measured: Awaited<ReturnType<typeof compare>>): Figure => ({
    what: `storage.scan of ${many} files, ${what} : du -sx`,
    porthole: show(measured.scan, 'ms'),
    peer: `${show(measured.du, 'ms')}; at the scan’s priority ${show(measured.modest, 'ms')}`,
    target: '≤ 1 times',
    value: measured.scan.median / measured.du.median,
    met: measured.scan.median <= measured.du.median,
  })

  await timeDu()
  const warm = await compare(runs, () => undefined)
  const figures = [figure('warm', warm)]
  if (forget()) figures.push(figure('cold', await compare(Math.min(runs, 3), forget)))
  else console.log('The caches may not be emptied here: no cold figure.')

  const first = spread(warm.scans.map((each) => each.first))
  figures.push({
    what: `storage.scan of ${many} files: first partial result`,
    porthole: show(first, 'ms'),
    peer: '–',
    target: `< ${FIRST_MS} ms`,
    value: first.median,
    met: first.median < FIRST_MS,
  })
  // Looking at memory takes the processor from what is looked at: a run of its own.
  const { memory } = await scan(lab, { fresh: true }, true)
  const mebibytes = memory / 1024 ** 2
  figures.push({
    what: `storage.scan of ${many} files: peak memory of all its processes`,
    porthole: `${Math.round(mebibytes)} MiB`,
    peer: '–',
    target: `≤ ${MEMORY_MIB} MiB`,
    value: mebibytes,
    met: mebibytes <= MEMORY_MIB,
  })
  const df: number[] = []
  for (let run = 0; run < Math.min(runs, 3); run += 1)
    df.push(await timeCommand('docker', ['-H', lab.endpoint, 'system', 'df', '-v']))
  figures.push({
    what: `storage.scan of ${many} files, warm : docker system df -v`,
    porthole: show(warm.scan, 'ms'),
    peer: show(spread(df), 'ms'),
    target: '≤ 2 times',
    value: warm.scan.median / spread(df).median,
    met: warm.scan.median <= 2 * spread(df).median,
  })

  await scan(lab, {})
  change()
  const again = await scan(lab, {})
  const walked = await timeDu()
  if (again.bytes !== du(lab.dataRoot)) throw new Error('The scan that remembers counts other bytes than du.')
  figures.push({
    what: `storage.scan of ${many} files again, 1 % of the volume changed : du -sx`,
    porthole: `${Math.round(again.took)} ms, ${Math.round((again.remembered / again.bytes) * 100)} % remembered`,
    peer: `${Math.round(walked)} ms`,
    target: '≤ 1 times',
    value: again.took / walked,
    met: again.took <= walked,
  })
  forgetScan(lab)
  return figures
}
