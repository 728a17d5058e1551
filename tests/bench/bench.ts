import { existsSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { startDisplay } from '../support/display'
import { Lab } from '../support/lab'
import { measureBundle } from './bundle'
import { measureCall } from './call'
import { measureCheck } from './check'
import { measureEvents } from './events'
import { measureFlowPage } from './flow-page'
import { measureImages } from './images'
import { porthole, type Figure } from './measure'
import { measureScan } from './scan'
import { measureStoragePage } from './storage-page'
import { measureTap } from './tap'
import { measureUsage } from './usage'
import { electronBinary, measureWindow } from './window'

const usage = `npm run bench -- [options]

Measures Porthole beside its peers in one run, on a private dockerd. Needs root and a build.

  --runs N     runs of each command and window (default 15 and 5, of a gibibyte and an image 3)
  --only LIST  of call, events, check, tap, flow-page, usage, images, scan, storage-page, window, bundle;
               separated by commas
  --files N    files of the data-root that is scanned (default 200000; 1000000 takes a quarter of an hour)
  --entries N  entries of the image whose reading is watched for memory (default 1000000)
  --json FILE  also write the figures there
`

const sections = [
  'call',
  'events',
  'check',
  'tap',
  'flow-page',
  'usage',
  'images',
  'scan',
  'storage-page',
  'window',
  'bundle',
] as const
type Section = (typeof sections)[number]

function print(figures: Figure[]): void {
  const rows = figures.map((figure) => [
    figure.what,
    figure.porthole,
    figure.peer,
    figure.target,
    figure.value < 100 ? figure.value.toFixed(2) : String(Math.round(figure.value)),
    figure.met ? 'met' : 'MISSED',
  ])
  const table = [['figure', 'Porthole', 'peer', 'target', 'value', 'verdict'], ...rows]
  const widths = table[0]?.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0))) ?? []
  for (const row of table)
    console.log(
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
}

async function measureWindows(lab: Lab, runs: number): Promise<Figure[]> {
  const binary = electronBinary()
  if (binary === undefined)
    throw new Error('There is no Electron: run `npx install-electron`, or set ELECTRON_OVERRIDE_DIST_PATH.')
  const stopDisplay = await startDisplay()
  try {
    return await measureWindow(binary, lab, runs)
  } finally {
    await stopDisplay()
  }
}

/** Measures what `argv` asks for and gives the exit code: 1 when something could not be measured. */
export async function main(argv: string[]): Promise<number> {
  const { values } = parseArgs({
    args: argv,
    options: {
      runs: { type: 'string' },
      only: { type: 'string' },
      files: { type: 'string', default: '200000' },
      entries: { type: 'string', default: '1000000' },
      json: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) {
    console.log(usage)
    return 0
  }
  const only = values.only?.split(',') ?? [...sections]
  const unknown = only.filter((name) => !sections.some((section) => section === name))
  if (
    unknown.length > 0 ||
    ![values.files, values.entries].every((many) => /^[1-9]\d{2,}$/.test(many)) ||
    (values.runs !== undefined && !/^[1-9]\d*$/.test(values.runs))
  ) {
    console.error(usage)
    return 1
  }
  if (!existsSync(porthole)) {
    console.error('There is no build: run `npm run build` first.')
    return 1
  }
  const wants = (section: Section) => only.includes(section)
  const runs = (preset: number) => (values.runs === undefined ? preset : Number(values.runs))
  const figures: Figure[] = []
  const problems: string[] = []
  const measure = async (section: Section, take: () => Figure[] | Promise<Figure[]>) => {
    if (!wants(section)) return
    console.error(`measuring ${section} …`)
    try {
      figures.push(...(await take()))
    } catch (error) {
      problems.push(`${section} was not measured: ${error instanceof Error ? error.message : String(error)}`)
    }
  }

  let lab: Lab | undefined
  try {
    if (only.some((section) => !['bundle', 'check', 'flow-page', 'images'].includes(section)))
      lab = await Lab.start()
    const daemon = lab
    if (daemon !== undefined) {
      await measure('call', () => measureCall(daemon, runs(15)))
      await measure('events', () => measureEvents(daemon))
      await measure('tap', () => measureTap(daemon, runs(3)))
      await measure('usage', () => measureUsage(daemon, runs(5)))
      await measure('window', () => measureWindows(daemon, runs(5)))
      await measure('scan', () => measureScan(daemon, runs(5), Number(values.files)))
      await measure('storage-page', () => measureStoragePage(daemon, Number(values.files)))
    }
    await measure('check', () => measureCheck(runs(5)))
    await measure('flow-page', measureFlowPage)
    await measure('images', () => measureImages(runs(3), Number(values.entries)))
    await measure('bundle', measureBundle)
  } finally {
    await lab?.stop()
  }

  const machine = `${cpus()[0]?.model ?? 'unknown CPU'}, ${cpus().length} CPUs, Node ${process.version}`
  console.log(`\n${machine}; medians (smallest–largest)\n`)
  print(figures)
  for (const problem of problems) console.log(problem)
  if (values.json !== undefined)
    writeFileSync(values.json, `${JSON.stringify({ machine, figures, problems }, undefined, 2)}\n`)
  return problems.length > 0 ? 1 : 0
}
