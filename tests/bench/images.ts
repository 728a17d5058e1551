import { execFileSync, spawn } from 'node:child_process'
import { chmodSync, cpSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import type { ItemOf } from '../../electron/contract/contract'
import { Lab, nextBin } from '../support/lab'
import { CROWDED, LARGE, plantCrowdedImage, plantLargeImage } from './image-data'
import { porthole, show, spread, timeCommand, treeMemory, type Figure, type Spread } from './measure'

type Analysis = Extract<ItemOf<'image.analyze'>, { state: 'done' }>

const FILES = 100_000
const FIRST_MS = 1_000
const RECORD_RATIO = 0.1
const MEMORY_MB = 300
const SAMPLE_MS = 25

/** One way to an image's layers, as the command line is asked to take it. */
interface Way {
  reader: string
  /** Of `docker save | tar -t`. */
  ratio: number
  lab: Lab
  /** Arguments that have all of it analyzed. */
  analyze: string[]
  /** Arguments that ask for the first folder; where there is a way to that which takes this reader. */
  tree?: string[]
  /** The user it is for. */
  user?: { uid: number; gid: number }
  /** The built command line, where that user can read it. */
  program: string
}

interface Analyzed {
  took: number
  memory: number
  analysis: Analysis
}

/** Milliseconds of a whole run of the command line, its start included. */
function run(
  { program, user }: Way,
  args: string[],
  sample: (pid: number) => void,
  each: (line: string) => void,
) {
  return new Promise<number>((resolve, reject) => {
    const began = performance.now()
    const child = spawn(process.execPath, [program, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      cwd: '/',
      ...user,
    })
    const sampler = setInterval(() => {
      if (child.pid !== undefined) sample(child.pid)
    }, SAMPLE_MS)
    let said = ''
    child.stderr.setEncoding('utf8').on('data', (part: string) => (said += part))
    createInterface({ input: child.stdout }).on('line', each)
    child.on('error', reject)
    child.on('close', (code) => {
      clearInterval(sampler)
      const took = performance.now() - began
      if (code === 0) resolve(took)
      else reject(new Error(`porthole ${args.join(' ')} ended with ${code}: ${said.trim()}`))
    })
  })
}

/** `sample`: looking at memory takes the processor from what is looked at. */
async function analyze(way: Way, sample = false): Promise<Analyzed> {
  let memory = 0
  let analysis: Analysis | undefined
  const took = await run(
    way,
    way.analyze,
    (pid) => (memory = sample ? Math.max(memory, treeMemory(pid)) : 0),
    (line) => {
      const item = JSON.parse(line) as ItemOf<'image.analyze'>
      if (item.state === 'done') analysis = item
    },
  )
  if (analysis === undefined) throw new Error(`The reader ${way.reader} came to no end.`)
  if (analysis.reader !== way.reader)
    throw new Error(`It was ${analysis.reader} that read, not ${way.reader}.`)
  return { took, memory, analysis }
}

const firstTree = (way: Way, args: string[]): Promise<number> =>
  run(
    way,
    args,
    () => undefined,
    () => undefined,
  )

/** What all readers must agree about. */
function gist({ layers, efficiency, wastedBytes, wastedPaths }: Analysis): string {
  const counts = layers.map(({ entries, added, modified, metadata, removed, bytes }) => [
    ...[entries, added, modified, metadata, removed, bytes],
  ])
  return JSON.stringify([counts, efficiency, wastedBytes, wastedPaths])
}

/** The least that whoever takes an export must pay. */
const saveAndList = (lab: Lab, image: string): Promise<number> =>
  timeCommand('sh', ['-c', 'docker -H "$1" save "$2" | tar -t >/dev/null', 'sh', lab.endpoint, image])

/** Everything a listing needs, asked of the file system itself. */
const find = (folders: string[]): Promise<number> =>
  timeCommand('find', [...folders, '-printf', '%P\\t%y\\t%m\\t%U\\t%G\\t%s\\t%T@\\t%l\\n'])

function layerFolders(lab: Lab, image: string): string[] {
  const format = '{{.GraphDriver.Data.UpperDir}}:{{.GraphDriver.Data.LowerDir}}'
  return lab
    .docker('image', 'inspect', '--format', format, image)
    .trim()
    .split(':')
    .filter((path) => path.startsWith('/'))
}

function byReader(lab: Lab, image: string, reader: string): string[] {
  return ['watch', 'image.analyze', JSON.stringify({ image, reader }), '--endpoint', lab.endpoint]
}

function firstFolder(lab: Lab, image: string, layers: number): string[] {
  const input = { image, layer: layers - 1, path: '/', mode: 'merged' }
  return ['call', 'image.files', JSON.stringify(input), '--endpoint', lab.endpoint]
}

const layersOf = (lab: Lab, image: string): number =>
  Number(lab.docker('image', 'inspect', '--format', '{{len .RootFS.Layers}}', image))

/** A copy of the command line for a user who may ask the daemon and read nothing of its data-root. */
function forOthers(lab: Lab): { program: string; user: { uid: number; gid: number }; remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), 'porthole-bench-cli-'))
  cpSync(dirname(porthole), folder, { recursive: true })
  chmodSync(folder, 0o755)
  chmodSync(lab.dir, 0o711)
  const nobody = 65_534
  return {
    program: join(folder, basename(porthole)),
    user: { uid: nobody, gid: statSync(lab.socket).gid },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

/** Ways of one image, in turns with their peers. What they read was written just before: it is in the caches. */
async function compare(lab: Lab, image: string, folders: string[], ways: Way[], runs: number) {
  const took = {
    save: [] as number[],
    find: [] as number[],
    ways: ways.map(() => ({ full: [] as number[], tree: [] as number[] })),
  }
  let agreed: string | undefined
  for (let turn = 0; turn < runs; turn += 1) {
    took.save.push(await saveAndList(lab, image))
    took.find.push(await find(folders))
    for (const [index, way] of ways.entries()) {
      const { took: full, analysis } = await analyze(way)
      took.ways[index]?.full.push(full)
      if (way.tree !== undefined) took.ways[index]?.tree.push(await firstTree(way, way.tree))
      agreed ??= gist(analysis)
      if (gist(analysis) !== agreed)
        throw new Error(`${way.reader} gives another answer than ${ways[0]?.reader}.`)
    }
  }
  return { save: spread(took.save), find: spread(took.find), ways: took.ways }
}

function figuresOf(
  what: string,
  ways: Way[],
  {
    save,
    find: found,
    ways: took,
  }: { save: Spread; find: Spread; ways: { full: number[]; tree: number[] }[] },
): Figure[] {
  const peer = `${show(save, 'ms')}; find -printf ${show(found, 'ms')}`
  return ways.flatMap(({ reader, ratio }, index): Figure[] => {
    const full = spread(took[index]?.full ?? [])
    const tree = spread(took[index]?.tree ?? [])
    const figures: Figure[] = [
      {
        what: `image.analyze by ${reader}, ${what} : docker save | tar -t`,
        porthole: show(full, 'ms'),
        peer,
        target: `≤ ${ratio} times`,
        value: full.median / save.median,
        met: full.median <= ratio * save.median,
      },
    ]
    if (!Number.isNaN(tree.median)) {
      const quick = reader === 'record'
      figures.push({
        what: `first tree by ${reader} after a cold start, ${what}${quick ? '' : ' : docker save | tar -t'}`,
        porthole: show(tree, 'ms'),
        peer,
        target: quick ? `< ${FIRST_MS} ms` : '≤ 1 times',
        value: quick ? tree.median : tree.median / save.median,
        met: quick ? tree.median < FIRST_MS : tree.median <= save.median,
      })
    }
    return figures
  })
}

async function memoryOf(what: string, ways: Way[]): Promise<Figure[]> {
  const figures: Figure[] = []
  for (const way of ways) {
    const { took, memory } = await analyze(way, true)
    const megabytes = memory / 1e6
    figures.push({
      what: `image.analyze by ${way.reader}, ${what}: peak memory of all its processes`,
      porthole: `${Math.round(megabytes)} MB in ${Math.round(took)} ms`,
      peer: '–',
      target: `< ${MEMORY_MB} MB`,
      value: megabytes,
      met: megabytes < MEMORY_MB,
    })
  }
  return figures
}

/** The readers of the containerd image store, on the same image. */
async function measureStore(from: Lab, runs: number, what: string): Promise<Figure[]> {
  const lab = await Lab.start({
    generation: 'next',
    config: '{"features": {"containerd-snapshotter": true}}\n',
  })
  try {
    execFileSync('sh', [
      '-c',
      'docker -H "$1" save "$2" | docker -H "$3" load >/dev/null',
      ...['sh', from.endpoint, LARGE, lab.endpoint],
    ])
    const tree = firstFolder(lab, LARGE, layersOf(lab, LARGE))
    const own = { lab, program: porthole, ratio: 1 }
    const ways: Way[] = [
      { ...own, reader: 'snapshots', analyze: byReader(lab, LARGE, 'snapshots'), tree },
      { ...own, reader: 'blobs', analyze: byReader(lab, LARGE, 'blobs') },
    ]
    const folders = [join(lab.dataRoot, 'containerd/daemon/io.containerd.snapshotter.v1.overlayfs/snapshots')]
    const store = `${what}, containerd store`
    return [
      ...figuresOf(store, ways, await compare(lab, LARGE, folders, ways, runs)),
      ...(await memoryOf(store, ways)),
    ]
  } finally {
    await lab.stop()
  }
}

/**
 * An image of 100 000 files and 2 GB read whole by each reader: until the first folder of it is listed,
 * until all of it is analyzed, and how much memory that takes; and the memory of an image with so many
 * entries. Throws where two readers come to different answers.
 */
export async function measureImages(runs: number, entries: number): Promise<Figure[]> {
  const lab = await Lab.start()
  try {
    return await measureOn(lab, runs, entries)
  } finally {
    await lab.stop()
  }
}

async function measureOn(lab: Lab, runs: number, entries: number): Promise<Figure[]> {
  plantLargeImage(lab, FILES)
  const what = `2 GB in ${FILES.toLocaleString('en')} files`
  const others = forOthers(lab)
  const archive = join(lab.dir, 'bench-image.tar')
  try {
    lab.docker('save', '--output', archive, LARGE)
    const tree = firstFolder(lab, LARGE, layersOf(lab, LARGE))
    const own = { lab, program: porthole }
    const ways: Way[] = [
      { ...own, reader: 'record', ratio: RECORD_RATIO, analyze: byReader(lab, LARGE, 'record'), tree },
      { ...own, reader: 'directory', ratio: 1, analyze: byReader(lab, LARGE, 'directory') },
      { ...own, ...others, reader: 'export', ratio: 1, analyze: byReader(lab, LARGE, 'export'), tree },
      {
        ...own,
        reader: 'archive',
        ratio: 1,
        analyze: ['watch', 'archive.analyze', JSON.stringify({ path: archive }), '--endpoint', lab.endpoint],
      },
    ]
    const figures = figuresOf(what, ways, await compare(lab, LARGE, layerFolders(lab, LARGE), ways, runs))
    figures.push(...(await memoryOf(what, ways)))
    if (nextBin !== undefined) figures.push(...(await measureStore(lab, runs, what)))
    else console.log('There is no newer dockerd here: no figures of the containerd image store.')

    await plantCrowdedImage(lab, entries)
    const crowded = ways
      .filter(({ reader }) => reader !== 'archive')
      .map((way) => ({ ...way, analyze: byReader(lab, CROWDED, way.reader) }))
    figures.push(...(await memoryOf(`${entries.toLocaleString('en')} empty files`, crowded)))
    return figures
  } finally {
    others.remove()
    rmSync(archive, { force: true })
  }
}
