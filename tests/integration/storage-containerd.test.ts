import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Lab, nextBin } from '../support/lab'
import { byPath, CONTAINERS, inspect, scanned, seed, VOLUMES } from '../support/storage-seed'
import { servicesFor, signal } from '../support/storage-services'
import { du, entriesOf } from '../support/storage-tree'

const ROOT = 'containerd/daemon'
const SNAPSHOTS = `${ROOT}/io.containerd.snapshotter.v1.overlayfs/snapshots`
const BLOBS = `${ROOT}/io.containerd.content.v1.content/blobs/sha256`

/** Whether a snapshot's number is that of the writable one in a line of mount. */
const isUpper = (mount: string, number: string): boolean =>
  new RegExp(`upperdir=[^,]*/snapshots/${number}/fs`).test(mount)

describe.skipIf(nextBin === undefined)('a scan of the containerd image store', () => {
  let lab: Lab
  beforeAll(async () => {
    lab = await Lab.start({ generation: 'next', config: '{"features":{"containerd-snapshotter":true}}\n' })
    await seed(lab)
  })
  afterAll(() => lab.stop())

  /** containerd's own command line: what it says of its snapshots and its content. */
  const ctr = (...args: string[]): string[] =>
    execFileSync(
      join(nextBin ?? '', 'ctr'),
      ['-a', join(lab.execRoot, 'containerd/containerd.sock'), '-n', 'moby', ...args],
      {
        encoding: 'utf8',
      },
    )
      .trim()
      .split('\n')

  it('counts what du counts, and names the owners that containerd names', async () => {
    const { storage } = servicesFor(lab)
    const whole = await scanned(storage)
    expect(whole.bytes).toBe(du(lab.dataRoot))
    expect(whole.entries).toBe(entriesOf(lab.dataRoot))
    const owners = byPath(whole)
    const strange = [...owners.values()].filter(({ kind }) =>
      ['orphan', 'unknown', 'unmapped', 'other-store'].includes(kind),
    )
    expect(strange).toEqual([])

    // Each container's snapshot, and what stands below it, by what containerd would mount.
    const containers = readdirSync(join(lab.dataRoot, 'containers'))
    expect(containers).toHaveLength(CONTAINERS)
    const seen = new Set<string>()
    const ownerOf = (number: string) => {
      seen.add(number)
      return owners.get(`${SNAPSHOTS}/${number}`)
    }
    for (const id of containers.slice(0, 25)) {
      const [mount = ''] = ctr('snapshots', '--snapshotter', 'overlayfs', 'mounts', '/nowhere', id)
      const [upper = '', init = '', ...layers] = [...mount.matchAll(/\/snapshots\/(\d+)\/fs/g)]
        .map(([, number = '']) => number)
        .sort((a, b) => Number(isUpper(mount, b)) - Number(isUpper(mount, a)))
      expect(ownerOf(upper)).toMatchObject({ kind: 'container', container: { id } })
      expect(ownerOf(init)).toMatchObject({ kind: 'container', container: { id } })
      for (const layer of layers) expect(ownerOf(layer)).toMatchObject({ kind: 'layer', inUse: true })
    }
    expect(seen.size).toBeGreaterThan(50)

    // Folders that containerd does not list are not there.
    const listed = ctr('snapshots', '--snapshotter', 'overlayfs', 'ls').length - 1
    expect(readdirSync(join(lab.dataRoot, SNAPSHOTS))).toHaveLength(listed)
    for (const blob of readdirSync(join(lab.dataRoot, BLOBS)))
      expect(['content', 'build-cache']).toContain(owners.get(`${BLOBS}/${blob}`)?.kind)
    for (let volume = 0; volume < VOLUMES; volume += 1)
      expect(owners.get(`volumes/volume-${volume}`)).toMatchObject({ kind: 'volume', inUse: volume < 10 })
  })

  it('finds the layers of an image by the chain ids that follow from its config', async () => {
    const { storage } = servicesFor(lab)
    const { RootFS } = await inspect(lab, '/images/kit:1/json')
    const [base] = RootFS.Layers
    const { found } = await storage.owner({ path: base ?? '' }, signal)
    const snapshot = found.find(({ path }) => path.startsWith(SNAPSHOTS))
    expect(snapshot?.owner).toMatchObject({
      kind: 'layer',
      chainId: base,
      images: expect.arrayContaining(['busybox:lab', 'kit:1']) as unknown,
    })
    const all = (await storage.owner({ path: 'kit:1' }, signal)).found.map(({ owner: { kind } }) => kind)
    expect(all).toEqual(expect.arrayContaining(['layer', 'content']))
  })

  it('finds the snapshots of a mounted container', async () => {
    const { storage } = servicesFor(lab)
    const { Id } = await inspect(lab, '/containers/container-8/json')
    const line = readFileSync('/proc/self/mounts', 'utf8')
      .split('\n')
      .find((each) => each.includes(`/rootfs/overlayfs/${Id}`))
    const { as, found } = await storage.owner({ path: line ?? '' }, signal)
    expect(as).toBe('mount')
    expect(found[0]?.owner).toMatchObject({ kind: 'container', container: { id: Id, running: true } })
    expect(found.map(({ owner: { kind } }) => kind)).toContain('layer')
  })

  it('calls planted orphans so, and nothing else; leftovers of a graph driver are of another store', async () => {
    mkdirSync(join(lab.dataRoot, SNAPSHOTS, '99999', 'fs'), { recursive: true })
    writeFileSync(join(lab.dataRoot, SNAPSHOTS, '99999', 'fs', 'left'), 'x'.repeat(50_000))
    writeFileSync(join(lab.dataRoot, BLOBS, 'a'.repeat(64)), 'lost')
    mkdirSync(join(lab.dataRoot, 'overlay2', 'b'.repeat(64), 'diff'), { recursive: true })
    mkdirSync(join(lab.dataRoot, SNAPSHOTS, 'new-123'))
    const { storage } = servicesFor(lab)
    const whole = await scanned(storage)
    const orphans = whole.shares.filter(({ owner }) => owner.kind === 'orphan').flatMap(({ paths }) => paths)
    expect(orphans.sort()).toEqual([`${BLOBS}/${'a'.repeat(64)}`, `${SNAPSHOTS}/99999`].sort())
    const owners = byPath(whole)
    expect(owners.get(`overlay2/${'b'.repeat(64)}`)).toMatchObject({ kind: 'other-store', store: 'overlay2' })
    expect(owners.get(`${SNAPSHOTS}/new-123`)).toMatchObject({ kind: 'temporary' })
  })
})
