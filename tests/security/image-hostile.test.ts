import { execFile } from 'node:child_process'
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { tmpdir } from 'node:os'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { archiveServices, type Outcome } from '../support/analyze-archive'
import { BUNDLE_ENV, bundle } from '../support/bundle'
import {
  gzipBomb,
  imageArchive,
  LAYOUTS,
  PACKS,
  zstdBomb,
  zstdStored,
  zstdWindow,
  type ArchiveOptions,
  type Layout,
} from '../support/image-archive'
import { manyEntries } from '../support/many-entries'
import { Random } from '../support/random'
import { header, padded, pax, sign, tar, type TarMember } from '../support/tar'

/** What an archive that cannot be read may be refused with. */
const REFUSALS = ['image/unreadable', 'image/too-large']
const MEBIBYTE = 1024 * 1024

const file = (name: string, text = 'content'): TarMember => ({ name, body: Buffer.from(text) })

const BASE = tar(
  { name: 'etc/', flag: '5', mode: 0o755 },
  file('etc/passwd', 'root:x:0:0'),
  file('etc/shadow'),
  { name: 'etc/link', flag: '2', link: 'passwd' },
  { name: 'etc/hard', flag: '1', link: 'etc/passwd' },
  file('etc/large', 'l'.repeat(5_000)),
  pax({ path: `${'long/'.repeat(40)}name`, mtime: '1700000000.5' }),
  file('cut'),
  file('short'),
)
const UPPER = tar(file('etc/.wh.shadow', ''), file('etc/passwd', 'root:x:0:0:changed'), file('app'))

let folder: string
let made = 0
const services = archiveServices()

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'porthole-hostile-'))
})
afterAll(async () => {
  await services.dispose()
  rmSync(folder, { recursive: true, force: true })
})

async function analyze(archive: Buffer, image?: string): Promise<Outcome> {
  const path = join(folder, `${(made += 1)}.tar`)
  writeFileSync(path, archive)
  try {
    return await services.analyze(path, image)
  } finally {
    rmSync(path)
  }
}

const analyzeLayers = (layout: Layout, layers: Buffer[], options?: ArchiveOptions): Promise<Outcome> =>
  analyze(imageArchive(layout, layers, options))

const namesOf = ({ root }: Outcome): string[] | undefined => root?.map(({ name }) => name)

/** All of an answer that does not depend on the clock or the file's name. */
const gist = ({ analysis, root }: Outcome): unknown =>
  analysis && { layers: analysis.layers, wasted: analysis.wasted, tags: analysis.tags, root }

function expectRefused(outcome: Outcome, what: string): void {
  expect(REFUSALS, `${what}: ${JSON.stringify(outcome).slice(0, 300)}`).toContain(outcome.code)
}

const shapes = LAYOUTS.flatMap((layout) =>
  (['plain', 'gzip', 'zstd'] as const).map((pack) => ({ layout, pack, options: { pack: PACKS[pack] } })),
)

describe.each(shapes)('an archive of the $layout layout with $pack layers', ({ layout, options }) => {
  const archive = imageArchive(layout, [BASE, UPPER], options)

  it('is analyzed', async () => {
    const { analysis, root } = await analyze(archive)
    expect(analysis).toMatchObject({ reader: 'archive', tags: ['hostile:1'] })
    expect(analysis?.layers.map(({ entries, removed }) => ({ entries, removed }))).toEqual([
      { entries: 8, removed: 0 },
      { entries: 2, removed: 1 },
    ])
    expect(root?.map(({ name, type }) => [name, type])).toEqual([
      ['app', 'file'],
      ['etc', 'folder'],
      ['long', 'folder'],
      ['short', 'file'],
    ])
  })

  it('and cut anywhere is refused, or has lost nothing but the blocks of zeros at its end', async () => {
    const whole = gist(await analyze(archive))
    const random = new Random(layout.length + archive.length)
    const cuts = [0, 1, 511, 512, 513, ...Array.from({ length: 60 }, () => random.int(archive.length))]
    for (const cut of cuts) {
      const outcome = await analyze(archive.subarray(0, cut))
      if (outcome.code !== undefined) expectRefused(outcome, `cut at ${cut}`)
      else expect(gist(outcome), `cut at ${cut} of ${archive.length}`).toEqual(whole)
    }
  })

  it('and with turned bits is refused with a code, or answered', async () => {
    const random = new Random(archive.length)
    for (let turn = 0; turn < 100; turn += 1) {
      const turned = Buffer.from(archive)
      const bits = 1 + random.int(3)
      for (let bit = 0; bit < bits; bit += 1) {
        const at = random.int(turned.length)
        turned[at] = (turned[at] ?? 0) ^ (1 << random.int(8))
      }
      const outcome = await analyze(turned)
      if (outcome.code !== undefined) expectRefused(outcome, `turn ${turn}`)
    }
  })
})

describe('an archive packed as a whole', () => {
  it.each(['gzip', 'zstd'] as const)('with %s is what is in it', async (pack) => {
    const archive = imageArchive('oci', [BASE, UPPER], { pack: PACKS.gzip })
    const outcome = await analyze(PACKS[pack](archive))
    expect(gist(outcome)).toEqual(gist(await analyze(archive)))
  })

  it('more than once, or a layer more than once, is refused', async () => {
    const archive = imageArchive('oci', [BASE])
    expectRefused(await analyze(gzipSync(gzipSync(archive))), 'gzip in gzip')
    expectRefused(await analyze(zstdStored(gzipSync(archive))), 'gzip in zstd')
    for (const twice of [
      (bytes: Buffer) => gzipSync(gzipSync(bytes)),
      (bytes: Buffer) => gzipSync(zstdStored(bytes)),
      (bytes: Buffer) => zstdStored(gzipSync(bytes)),
    ])
      expectRefused(await analyzeLayers('oci', [BASE], { pack: twice }), 'a layer')
  })
})

describe('a config', () => {
  it('of very many long instructions is told as far as there is room', async () => {
    const steps = Array.from({ length: 4_000 }, (_, step) => `RUN ${step} ${'\u001b'.repeat(100)}`)
    const { analysis } = await analyzeLayers('oci', [BASE, UPPER], { steps })
    expect(analysis?.layers[1]?.followedBy[0]).toMatch(/^RUN 0 /)
  })
})

describe('a manifest', () => {
  const refused: [string, NonNullable<ArchiveOptions['manifest']>][] = [
    ['that is not there', () => undefined],
    ['that is no list', () => ({})],
    ['of no image', () => []],
    ['of null', () => [null]],
    ['whose layers are no names', (_, Config) => [{ Config, Layers: [1, 2] }]],
    ['whose layers are one name', (layers, Config) => [{ Config, Layers: layers.join() }]],
    ['of a layer that is not there', (layers, Config) => [{ Config, Layers: [...layers, 'none/layer.tar'] }]],
    ['of fewer layers than its config', (layers, Config) => [{ Config, Layers: layers.slice(1) }]],
    ['of layers outside', (_, Config) => [{ Config, Layers: ['../../etc/passwd', '/etc/passwd'] }]],
    ['of a config that is not there', (Layers) => [{ Config: '../../../etc/passwd', Layers }]],
    ['that is no JSON', () => Buffer.from('[{"Config"')],
    ['that nests for ever', () => Buffer.from('['.repeat(200_000))],
    ['of many mebibytes', () => Buffer.alloc(9 * MEBIBYTE, 0x20)],
  ]
  it.each(refused)('%s is refused in the old layout', async (what, manifest) => {
    expectRefused(await analyzeLayers('old', [BASE, UPPER], { manifest }), what)
  })

  it('may name a layer twice: it is there twice', async () => {
    for (const layout of LAYOUTS) {
      const { analysis } = await analyzeLayers(layout, [BASE, BASE], {
        manifest: (layers, Config) => [
          { Config, RepoTags: null, Layers: layout === 'old' ? [layers[0], layers[0]] : layers },
        ],
      })
      expect(analysis?.layers.map(({ entries }) => entries)).toEqual([8, 8])
    }
  })

  it.each([500, 70_000])('may name one layer %i times: it is refused, or told right', async (times) => {
    const { code, analysis } = await analyzeLayers('old', [UPPER], {
      diffIds: Array.from({ length: times }, () => `sha256:${'0'.repeat(64)}`),
      manifest: ([layer], Config) => [{ Config, Layers: Array.from({ length: times }, () => layer) }],
    })
    if (code === undefined) expect(analysis?.layers).toHaveLength(times)
    else expect(REFUSALS).toContain(code)
  })

  it('of a name that is asked for and not there is refused', async () => {
    const outcome = await analyze(imageArchive('old', [BASE]), 'other:1')
    expect(outcome.code).toMatch(/^image\//)
  })

  it('may come after members that lead out, or that are links: nothing is followed', async () => {
    for (const layout of LAYOUTS) {
      const before: TarMember[] = [
        { name: '../../manifest.json', body: Buffer.from('[]') },
        { name: '/etc/cron.d/evil', body: Buffer.from('evil') },
        { name: 'out', flag: '2', link: '/' },
        { name: 'out/etc/evil', body: Buffer.from('evil') },
        { name: 'dev', flag: '4' },
      ]
      expect(gist(await analyzeLayers(layout, [BASE], { before }))).toEqual(
        gist(await analyzeLayers(layout, [BASE])),
      )
    }
  })

  it.each([
    ['out of the archive', '../../../../../../etc/passwd'],
    ['to itself', 'layer.tar'],
    ['to a second that leads back', '../second/layer.tar'],
  ])('of a layer that is a link %s is refused', async (_, link) => {
    const archive = imageArchive('old', [BASE], {
      before: [
        { name: 'first/layer.tar', flag: '2', link },
        { name: 'second/layer.tar', flag: '2', link: '../first/layer.tar' },
      ],
      manifest: (_layers, Config) => [{ Config, Layers: ['first/layer.tar'] }],
    })
    expectRefused(await analyze(archive), link)
  })
})

/** A header with these bytes in one of its fields. */
function forged(member: TarMember, at: number, field: Buffer): Buffer {
  const block = header(member)
  field.copy(block, at)
  sign(block)
  return block
}

describe('headers', () => {
  const size = (field: Buffer): Buffer => forged({ name: 'absurd' }, 124, field)
  const refused: [string, Buffer][] = [
    ['of a size of 8 GiB that is not there', size(Buffer.from('77777777777\0'))],
    ['of a size of 2^63', size(Buffer.from([0x80, 0, 0, 0, 0x80, 0, 0, 0, 0, 0, 0, 0]))],
    ['of the largest size of all', size(Buffer.alloc(12, 0xfe))],
    ['of a negative size', size(Buffer.alloc(12, 0xff))],
    ['of a size that is no number', size(Buffer.from('-1\0\0\0\0\0\0\0\0\0\0'))],
    ['of a pax size that is negative', Buffer.concat([pax({ size: '-5' }), header({ name: 'a' })])],
    [
      'of a pax size out of bounds',
      Buffer.concat([pax({ size: '9007199254740993' }), header({ name: 'a' })]),
    ],
    ['of a pax header of 2 GiB', header({ name: 'pax', flag: 'x', size: 2 ** 31 })],
    ['of a pax record longer than its header', paxOf('999 path=a\n')],
    ['of a pax record of no length', paxOf('0 path=a\n')],
    ['of a pax record of a negative length', paxOf('-1 path=a\n')],
    ['of a name of 1 MiB', Buffer.concat([pax({ path: 'n'.repeat(MEBIBYTE) }), header({ name: 'n' })])],
    ['of a GNU name of 1 MiB', longName('n'.repeat(MEBIBYTE))],
    ['of folders 10 000 deep', Buffer.concat([longName(`${'d/'.repeat(10_000)}f`), header({ name: 'd' })])],
    ['of a path that leads out', header({ name: 'a/../../../etc/passwd' })],
    ['of a wrong checksum', header({ name: 'a' }).fill('9', 148, 154)],
  ]
  it.each(refused)('%s are refused', async (what, block) => {
    for (const layout of LAYOUTS)
      expectRefused(await analyzeLayers(layout, [tar(file('first'), block)]), what)
  })

  it('may say anything else, and are told as they are', async () => {
    const layer = tar(
      { name: '/absolute/../kept', body: Buffer.from('a') },
      { name: './dotted//twice', flag: '5' },
      { name: 'device', flag: '4', mode: 0o7777 },
      { name: 'null', flag: '3' },
      { name: 'pipe', flag: '6' },
      { name: 'out', flag: '2', link: '../../../../etc/shadow' },
      { name: 'line\nbreak' },
      { name: '\u001b[31mred\u001b]0;title\u0007' },
      { name: '<img src=x onerror=alert(1)>' },
      { name: Buffer.from([0x63, 0x61, 0x66, 0xe9]) },
      { name: 'back\\slash' },
      { name: '\u202egpj.exe' },
      forged({ name: 'old' }, 136, Buffer.alloc(12, 0xff)),
      forged({ name: 'far' }, 136, Buffer.from([0x80, 0, 0, 0, 0, 0x1f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff])),
      forged({ name: 'owner' }, 108, Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff])),
    )
    for (const layout of LAYOUTS) {
      const outcome = await analyzeLayers(layout, [layer])
      expect(outcome.code).toBeUndefined()
      expect(new Set(namesOf(outcome))).toEqual(
        new Set([
          ...['kept', 'dotted', 'device', 'null', 'pipe', 'out', 'line\nbreak'],
          ...['\u001b[31mred\u001b]0;title\u0007', '<img src=x onerror=alert(1)>', 'caf\\xe9'],
          ...['back\\x5cslash', '\u202egpj.exe', 'old', 'far', 'owner'],
        ]),
      )
      expect(outcome.root?.find(({ name }) => name === 'out')).toMatchObject({
        type: 'symlink',
        linkTarget: '../../../../etc/shadow',
      })
    }
  })

  it('of hard links in a ring, to themselves, to nothing and out of the image come to an end', async () => {
    const link = (name: string, to: string): TarMember => ({ name, flag: '1', link: to })
    for (const layer of [
      tar(link('a', 'b'), link('b', 'c'), link('c', 'a')),
      tar(link('self', 'self')),
      tar(link('dead', 'none')),
      tar(link('out', '../../etc/passwd'), file('kept')),
      tar({ name: 'folder', flag: '5' }, link('to-folder', 'folder')),
      tar(...Array.from({ length: 20_000 }, (_, i) => link(`l${i}`, `l${(i + 1) % 20_000}`))),
      tar(file('l0'), ...Array.from({ length: 20_000 }, (_, i) => link(`l${i + 1}`, `l${i}`))),
    ]) {
      const outcome = await analyzeLayers('oci', [layer, UPPER])
      if (outcome.code !== undefined) expectRefused(outcome, 'hard links')
    }
  })

  it('of many files with names longer than Linux takes are listed in pieces that fit, or refused', async () => {
    const members = Array.from({ length: 1_500 }, (_, i) => [
      longName(`${i}-${'\u001b'.repeat(3_900)}`),
      header({ name: 'cut', body: Buffer.from('a') }),
      padded(Buffer.from('a')),
    ])
    const outcome = await analyzeLayers('oci', [tar(...members.flat()), tar(...members.flat())])
    if (outcome.code !== undefined) expectRefused(outcome, 'long names')
  })

  it('of folders as deep as Linux takes them are listed and counted', async () => {
    const deepest = `${'d/'.repeat(2_000)}f`
    const { analysis } = await analyzeLayers('oci', [tar(longName(deepest), file('cut'))])
    expect(analysis?.layers[0]).toMatchObject({ added: 1, bytes: 7 })
  })

  it('of marks of removal in odd places take nothing away that is not below them', async () => {
    const outcome = await analyzeLayers('oci', [
      BASE,
      tar(
        file('.wh.'),
        file('.wh...'),
        file('.wh..'),
        file('.wh..wh..opq/.wh.short'),
        file('.wh..wh.plnk/x'),
      ),
    ])
    if (outcome.code !== undefined) expectRefused(outcome, 'marks')
    else expect(namesOf(outcome)).toEqual(expect.arrayContaining(['etc', 'short']))
  })
})

function paxOf(text: string): Buffer {
  const body = Buffer.from(text)
  return Buffer.concat([header({ name: 'pax', flag: 'x', body }), padded(body), header({ name: 'a' })])
}

function longName(name: string): Buffer {
  const body = Buffer.from(`${name}\0`)
  return Buffer.concat([header({ name: '././@LongLink', flag: 'L', body }), padded(body)])
}

interface Alone {
  code?: string
  message?: string
  entries?: number
  /** Most bytes the process had in memory. */
  memory: number
}

describe('in a process with little memory', () => {
  let program: string
  const HEAP_MIB = 128
  /** The program itself takes about 70 MB. */
  const MEMORY = 200 * MEBIBYTE

  beforeAll(async () => {
    program = await bundle('tests/support/archive-alone.ts', 'archive-alone')
  })
  afterAll(() => rmSync(dirname(program), { recursive: true, force: true }))

  /** Reads an archive of this file in a folder that must stay as it was. */
  async function alone(path: string): Promise<Alone> {
    const empty = join(folder, `empty-${(made += 1)}`)
    mkdirSync(empty)
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [`--max-old-space-size=${HEAP_MIB}`, program, path],
      {
        cwd: empty,
        env: { ...BUNDLE_ENV, HOME: empty, TMPDIR: empty, XDG_STATE_HOME: empty },
        timeout: 60_000,
      },
    )
    expect(readdirSync(empty)).toEqual([])
    return JSON.parse(stdout) as Alone
  }

  async function aloneWith(archive: Buffer): Promise<Alone> {
    const path = join(folder, `${(made += 1)}.tar`)
    writeFileSync(path, archive)
    try {
      return await alone(path)
    } finally {
      rmSync(path)
    }
  }

  /** Half a gibibyte of zeros as the content of a file, or as the end of a tar. */
  const bombs: [string, () => Buffer][] = [
    [
      'a file of 512 MiB in a layer, gzip',
      () => imageArchive('old', [fileOf(512)], { pack: (b) => gzipBomb(b, 512) }),
    ],
    [
      'a file of 512 MiB in a layer, zstd',
      () => imageArchive('oci', [fileOf(512)], { pack: (b) => zstdBomb(b, 512) }),
    ],
    ['zeros without end, gzip', () => imageArchive('oci', [BASE], { pack: (b) => gzipBomb(b, 512) })],
    ['zeros without end, zstd', () => imageArchive('oci', [BASE], { pack: (b) => zstdBomb(b, 512) })],
    ['the whole archive, gzip', () => gzipBomb(imageArchive('old', [BASE]), 512)],
    ['the whole archive, zstd', () => zstdBomb(imageArchive('old', [BASE]), 512)],
    ['a window of 2 TiB, zstd', () => imageArchive('oci', [BASE], { pack: zstdWindow })],
    ['a window of 2 TiB for the whole archive, zstd', () => zstdWindow(imageArchive('oci', [BASE]))],
  ]
  it.each(bombs)('a bomb is answered or refused: %s', async (what, archive) => {
    const { code, memory } = await aloneWith(archive())
    if (code !== undefined) expect(REFUSALS, what).toContain(code)
    expect(memory).toBeLessThan(MEMORY)
  })

  it('a million entries are counted', async () => {
    const path = join(folder, 'million.tar')
    const entries = 1_000_000
    const layer = entries * 512 + 1_024
    const fd = openSync(path, 'w')
    const write = (...parts: Buffer[]): unknown => writeSync(fd, Buffer.concat(parts))
    const manifest = Buffer.from(
      JSON.stringify([{ Config: 'c.json', RepoTags: null, Layers: ['l/layer.tar'] }]),
    )
    const config = Buffer.from(
      JSON.stringify({ rootfs: { type: 'layers', diff_ids: [`sha256:${'0'.repeat(64)}`] }, history: [] }),
    )
    write(header({ name: 'c.json', body: config }), padded(config))
    write(header({ name: 'manifest.json', body: manifest }), padded(manifest))
    write(header({ name: 'l/layer.tar', size: layer }))
    for (const blocks of manyEntries(entries)) write(blocks)
    write(Buffer.alloc(4 * 512))
    closeSync(fd)
    const read = await alone(path)
    expect(read).toMatchObject({ entries })
    expect(read.memory).toBeLessThan(300e6)
  })

  /** The head of a layer with one file of so many MiB, whose content is to follow. */
  function fileOf(mebibytes: number): Buffer {
    return header({ name: 'zeros', size: mebibytes * MEBIBYTE - 1_024 })
  }
})
