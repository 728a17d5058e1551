import { execFileSync, spawn } from 'node:child_process'
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Lab } from '../support/lab'
import { manyEntries } from '../support/many-entries'
import { Random } from '../support/random'
import { header, type TarMember } from '../support/tar'

const BLOCK = 512
/** Files of one folder. */
const PER_FOLDER = 50
const MEBIBYTE = 1024 * 1024
/** Layers on top of the first, each with a tenth of all files; the last of them replaces older ones. */
const MORE_LAYERS = 4
const WRITE = 4 * MEBIBYTE

export const LARGE = 'bench:large'
export const CROWDED = 'bench:crowded'

interface Planned {
  name: string
  size: number
}

/** As in an image of a program with its libraries: most files are small, a few are not. */
function sizeOf(number: number): number {
  const kind = number % 10
  if (kind < 6) return 500 + (number % 7) * 500
  if (kind < 9) return 10_000 + (number % 13) * 2_000
  return 80_000 + (number % 11) * 10_000
}

function planned(from: number, to: number, salt = 0): Planned[] {
  return Array.from({ length: to - from }, (_, index) => {
    const number = from + index
    const folder = Math.floor(number / PER_FOLDER)
    return {
      name: `usr/lib/part-${folder % 40}/package-${folder}/module-${number}.js`,
      size: sizeOf(number + salt),
    }
  })
}

/** Bytes that no packing makes smaller, cut differently for each file. */
function contents(): (size: number) => Buffer {
  const random = new Random(6)
  const all = Buffer.alloc(MEBIBYTE)
  for (let at = 0; at < all.length; at += 4) all.writeUInt32LE(random.int(2 ** 32), at)
  return (size) => {
    const from = random.int(MEBIBYTE - size)
    return all.subarray(from, from + size)
  }
}

/** Writes a tar of these files, with the folders above them. */
function writeTar(path: string, files: readonly Planned[], first: readonly TarMember[] = []): void {
  const content = contents()
  const fd = openSync(path, 'w')
  let parts: Buffer[] = []
  let length = 0
  const write = (part: Buffer): void => {
    parts.push(part)
    length += part.length
    if (length < WRITE) return
    writeSync(fd, Buffer.concat(parts))
    parts = []
    length = 0
  }
  const add = (member: TarMember): void => {
    const body = member.body ?? Buffer.alloc(0)
    write(header(member))
    write(body)
    write(Buffer.alloc((BLOCK - (body.length % BLOCK)) % BLOCK))
  }
  const folders = new Set<string>()
  for (const member of first) add(member)
  for (const { name, size } of files) {
    const names = name.split('/')
    for (let depth = 1; depth < names.length; depth += 1) {
      const folder = `${names.slice(0, depth).join('/')}/`
      if (folders.has(folder)) continue
      folders.add(folder)
      add({ name: folder, flag: '5', mode: 0o755, mtime: 1_700_000_000 })
    }
    add({ name, mtime: 1_700_000_000, body: content(size) })
  }
  writeSync(fd, Buffer.concat([...parts, Buffer.alloc(2 * BLOCK)]))
  closeSync(fd)
}

/**
 * An image of so many files, 20 kB each on average, by import and build: a first layer with most of
 * them, four more, one that replaces files of the first, and one that removes some.
 */
export function plantLargeImage(lab: Lab, files: number): void {
  const context = join(lab.dir, 'bench-image')
  mkdirSync(context)
  try {
    const tenth = Math.floor(files / 10)
    const base = files - MORE_LAYERS * tenth
    const busybox = execFileSync('sh', ['-c', 'command -v busybox'], { encoding: 'utf8' }).trim()
    writeTar(join(context, 'base.tar'), planned(0, base), [
      { name: 'bin/', flag: '5', mode: 0o755 },
      { name: 'bin/busybox', mode: 0o755, body: readFileSync(busybox) },
    ])
    lab.docker('import', join(context, 'base.tar'), 'bench:base')
    rmSync(join(context, 'base.tar'))
    const layers = Array.from({ length: MORE_LAYERS }, (_, layer) => `layer-${layer}.tar`)
    for (const [layer, name] of layers.entries()) {
      const from = base + layer * tenth
      const last = layer === MORE_LAYERS - 1
      writeTar(join(context, name), last ? planned(0, tenth, 1) : planned(from, from + tenth))
    }
    writeFileSync(
      join(context, 'Dockerfile'),
      [
        'FROM bench:base',
        ...layers.map((name) => `ADD ${name} /`),
        'RUN ["/bin/busybox", "rm", "-r", "/usr/lib/part-1", "/usr/lib/part-2"]',
        '',
      ].join('\n'),
    )
    lab.docker('build', '--network', 'none', '-q', '-t', LARGE, context)
  } finally {
    rmSync(context, { recursive: true, force: true })
  }
}

/** An image of one layer with so many empty files. */
export async function plantCrowdedImage(lab: Lab, entries: number): Promise<void> {
  const child = spawn('docker', ['-H', lab.endpoint, 'import', '-', CROWDED], {
    stdio: ['pipe', 'ignore', 'inherit'],
  })
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve))
  const blocks = function* (): Generator<Buffer> {
    yield* manyEntries(entries)
    yield Buffer.alloc(2 * BLOCK)
  }
  // A refused import is told by its exit code.
  await pipeline(Readable.from(blocks()), child.stdin).catch(() => undefined)
  if ((await ended) !== 0) throw new Error('The crowded image could not be imported.')
}
