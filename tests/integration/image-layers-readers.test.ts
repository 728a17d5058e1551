import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { createEngineService } from '../../electron/services/engine'
import { chainIds } from '../../electron/services/images/chain'
import { readArchiveFile } from '../../electron/services/images/readers/archive-file'
import type { LayerReader } from '../../electron/services/images/readers/reader'
import { Sources } from '../../electron/services/images/sources'
import { ImageTree } from '../../electron/services/images/tree'
import { createPrivileged } from '../../electron/services/privileged'
import { startContainerd } from '../support/containerd'
import { seedImages, SEEDED } from '../support/image-seed'
import { Lab, nextBin, type LabOptions } from '../support/lab'
import { dump } from '../support/tree-dump'

type Name = LayerReader['name']

const { signal } = new AbortController()

const ENGINES: [string, LabOptions, Name[]][] = [
  ['20.10', { generation: 'system' }, ['record', 'directory', 'export']],
  ...(nextBin === undefined
    ? []
    : ([
        ['28', { generation: 'next' }, ['record', 'directory', 'export']],
        [
          '28 with the containerd store',
          { generation: 'next', config: '{"features":{"containerd-snapshotter":true}}' },
          ['snapshots', 'blobs', 'export'],
        ],
      ] satisfies [string, LabOptions, Name[]][])),
]

function sourcesFor(lab: Lab): Sources {
  const log = () => undefined
  const engine = createEngineService({ endpoint: lab.endpoint, env: {}, log })
  const privileged = createPrivileged({ env: process.env, log })
  onTestFinished(async () => {
    await engine.dispose()
    await privileged.dispose()
  })
  return new Sources(engine, privileged)
}

async function inspect(
  lab: Lab,
  image: string,
): Promise<{ id: string; diffIds: string[]; chainIds: string[] }> {
  const { Id, RootFS } = JSON.parse((await lab.get(`/images/${image}/json`)).body) as {
    Id: string
    RootFS: { Layers: string[] }
  }
  return { id: Id, diffIds: RootFS.Layers, chainIds: chainIds(RootFS.Layers) }
}

async function read(lab: Lab, sources: Sources, image: string, name: Name): Promise<string[]> {
  const [reader, ...others] = await sources.readers(name, signal)
  expect(others).toEqual([])
  expect(reader?.name).toBe(name)
  const tree = new ImageTree()
  await reader?.read(await inspect(lab, image), tree, () => undefined, signal)
  return dump(tree)
}

const KINDS = ['file', 'folder', 'symlink', 'hardlink', 'char', 'block', 'fifo', 'whiteout', 'opaque']

describe.each(ENGINES)('readers of layers on %s', (_, options, names) => {
  let lab: Lab
  beforeAll(async () => {
    lab = await Lab.start(options)
    await seedImages(lab)
  })
  afterAll(() => lab.stop())

  /** What is to be found in the images of this engine, each at least once. */
  const seen = new Set<string>()

  it.each(SEEDED)('agree on every entry of %s, and an archive of it does', async (image) => {
    const sources = sourcesFor(lab)
    const [first = '', ...others] = names
    const lines = await read(lab, sources, image, first as Name)
    expect(lines.length).toBeGreaterThan(3)
    expect(lines.filter((line) => line.endsWith('implied'))).toEqual([])
    for (const line of lines)
      for (const kind of KINDS)
        if (` ${line.slice(line.lastIndexOf(' @'))} `.includes(` ${kind} `)) seen.add(kind)
    for (const name of others)
      expect({ name, lines: await read(lab, sources, image, name) }).toEqual({ name, lines })

    const file = join(lab.dir, 'archive.tar')
    lab.docker('save', '-o', file, image)
    for (const pack of ['cat', 'gzip -1', 'zstd -q -1']) {
      execFileSync('sh', ['-c', `${pack} < "$1" > "$1.packed"`, 'sh', file])
      const tree = new ImageTree()
      const { tags, config } = await readArchiveFile(`${file}.packed`, image, tree, () => undefined, signal)
      expect({ pack, lines: dump(tree) }).toEqual({ pack, lines })
      expect(tags).toContain(image)
      const { rootfs } = JSON.parse(config) as { rootfs: { diff_ids: string[] } }
      expect(rootfs.diff_ids).toEqual((await inspect(lab, image)).diffIds)
    }
  })

  it('agreed on entries of every kind', () => {
    expect([...seen].sort()).toEqual([...KINDS].sort())
  })

  it('are offered in the order of what they cost, and by name where there is one', async () => {
    const sources = sourcesFor(lab)
    expect((await sources.readers('auto', signal)).map(({ name }) => name)).toEqual(names)
    for (const other of ['record', 'directory', 'snapshots', 'blobs'] as const)
      if (!names.includes(other))
        await expect(sources.readers(other, signal)).rejects.toMatchObject({ code: 'storage/denied' })
  })

  it('name layers as the daemon’s files do', async () => {
    const chains = (await inspect(lab, 'opaque:1')).chainIds
    if (names[0] === 'record') {
      for (const chain of chains) {
        const folder = join(lab.dataRoot, 'image/overlay2/layerdb/sha256', chain.slice('sha256:'.length))
        const id = readFileSync(join(folder, 'cache-id'), 'utf8')
        expect(existsSync(join(lab.dataRoot, 'overlay2', id, 'diff'))).toBe(true)
      }
      return
    }
    const listed = execFileSync(
      join(nextBin ?? '', 'ctr'),
      ['-a', join(lab.execRoot, 'containerd/containerd.sock'), '-n', 'moby', 'snapshots', 'ls'],
      { encoding: 'utf8' },
    )
    for (const chain of chains) expect(listed).toContain(chain)
  })
})

it.skipIf(nextBin === undefined)('layers in a containerd of its own are found there', async () => {
  const containerd = await startContainerd('next')
  const lab = await Lab.start({
    generation: 'next',
    config: '{"features":{"containerd-snapshotter":true}}',
    flags: ['--containerd', containerd.address],
  })
  try {
    lab.importBusybox()
    const sources = sourcesFor(lab)
    const lines = await read(lab, sources, 'busybox:lab', 'snapshots')
    expect(lines.length).toBeGreaterThan(3)
    expect(await read(lab, sources, 'busybox:lab', 'blobs')).toEqual(lines)
    expect(await read(lab, sources, 'busybox:lab', 'export')).toEqual(lines)
  } finally {
    await lab.stop()
    await containerd.stop()
  }
})
