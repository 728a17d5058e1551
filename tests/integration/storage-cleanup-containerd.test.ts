import { randomBytes } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer, request } from 'node:http'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { createPrivileged } from '../../electron/services/privileged'
import { createCleanupService, type CleanupService } from '../../electron/services/storage/cleanup'
import { nextBin, type Lab } from '../support/lab'
import { buildWithBuildKit, startOnOwnDisk, usedBytes } from '../support/storage-lab'
import { clean, context, lines, preview, servicesFor, type Choice } from '../support/storage-services'
import { until } from '../support/until'

/** A socket in front of a lab's daemon that runs `before` ahead of each request it passes on. */
async function inFrontOf(lab: Lab, before: (method: string, url: string) => void): Promise<string> {
  const socket = join(lab.dir, 'front.sock')
  const server = createServer((incoming, outgoing) => {
    const { method = 'GET', url = '/', headers } = incoming
    before(method, url)
    const passed = request({ socketPath: lab.socket, path: url, method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 500, answer.headers)
      answer.pipe(outgoing)
    })
    passed.on('error', () => outgoing.destroy())
    incoming.pipe(passed)
  })
  await new Promise<void>((resolve) => server.listen(socket, resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return `unix://${socket}`
}

const dockerfile = (from: string) =>
  `FROM ${from}\nRUN dd if=/dev/zero of=/a bs=1k count=1024 && ln -f /a /b\nCOPY blob /blob\nLABEL made=here\n`

describe.skipIf(nextBin === undefined)('cleanup with the containerd image store', () => {
  let lab: Lab
  beforeAll(async () => {
    lab = await startOnOwnDisk({ generation: 'next', flags: ['--feature', 'containerd-snapshotter=true'] })
  })
  afterAll(() => lab.stop())
  beforeEach(async () => {
    for (const id of lines(lab.docker('ps', '-aq'))) lab.docker('rm', '--force', id)
    if (!images().includes('busybox:lab')) lab.importBusybox()
    if (!images().includes('app:1')) await build('app:1', 500_000)
  })

  const build = (tag: string, bytes: number, from = 'busybox:lab') =>
    buildWithBuildKit(lab, tag, { Dockerfile: dockerfile(from), blob: randomBytes(bytes) })
  const create = (name: string, ...args: string[]) =>
    lab.docker('create', '--name', name, '--network', 'none', ...args).trim()
  const containers = () => lines(lab.docker('ps', '-a', '--format', '{{.Names}} {{.State}}'))
  const images = () => lines(lab.docker('images', '--format', '{{.Repository}}:{{.Tag}}'))
  /**
   * Until what a build gives up a moment after its end is given up, and collected: each removal of a
   * container has containerd collect what nothing holds.
   */
  const settle = async () => {
    let used = -1
    await until(
      'builds to have ended',
      () => {
        lab.docker('rm', create('settle', lines(lab.docker('images', '-q', '--no-trunc'))[0] ?? '', 'true'))
        const before = used
        used = usedBytes(lab)
        return used === before
      },
      { everyMs: 200, timeoutMs: 20_000 },
    )
  }
  const cleanSettled = async (cleanup: CleanupService, choice: Choice) => {
    await settle()
    return clean(lab, cleanup, choice)
  }
  const records = async () =>
    (JSON.parse((await lab.get('/system/df?type=build-cache')).body) as { BuildCache: unknown[] }).BuildCache
      .length

  it('removes stopped containers, volumes and networks, and empties logs', async () => {
    const { cleanup } = servicesFor(lab)
    create('running', '--volume', 'used:/v', 'busybox:lab', 'sh', '-c', 'cat /bin/busybox; sleep 9999')
    lab.docker('start', 'running')
    create('stopped', 'busybox:lab', 'sh', '-c', 'dd if=/dev/zero of=/big bs=1k count=2000; ln /big /same')
    lab.docker('start', '--attach', 'stopped')
    create('never', 'app:1', 'true')
    create('spared', '--label', 'keep=yes', 'busybox:lab', 'true')
    lab.docker('network', 'create', '--internal', 'unused-net')
    const written = 'dd if=/dev/zero of=/v/f bs=1k count=900; ln /v/f /v/g'
    lab.docker('run', '--rm', '--network', 'none', '-v', 'data:/v', 'busybox:lab', 'sh', '-c', written)
    const first = await cleanSettled(cleanup, {
      kinds: ['containers', 'volumes', 'networks'],
      allVolumes: true,
      keep: { labels: ['keep=yes'] },
    })
    expect(first.removed.map(({ name }) => name)).toEqual(['never', 'stopped', 'data', 'unused-net'])
    expect(first.removed[1]?.bytes).toBeGreaterThan(2_000 * 1024)
    expect(first.removed[1]?.bytes).toBeLessThan(2_100 * 1024)
    expect(first.preview.kept.map(({ name }) => name)).toEqual(['spared'])
    const logs = await cleanSettled(cleanup, { kinds: ['logs'] })
    expect(logs.removed.map(({ name }) => name)).toEqual(['running'])
    expect(logs.removed[0]?.bytes).toBeGreaterThan(1_000_000)
    expect(containers()).toEqual(['running running', 'spared created'])
  })

  it('counts a blob or a snapshot only where nothing else holds it', async () => {
    const { cleanup } = servicesFor(lab)
    // Another image of the same layer.
    await buildWithBuildKit(lab, 'other:lab', { Dockerfile: 'FROM busybox:lab\nLABEL other=yes\n' })
    await build('app:2', 700_000)
    lab.docker('tag', 'app:1', 'again:1')
    // What is compressed of app:1 alone, and its snapshot; its build's own hold lasts five minutes.
    await build('apart:1', 300_000, 'other:lab')
    const held = await cleanSettled(cleanup, {
      kinds: ['images'],
      allImages: true,
      keep: { names: ['app:2', 'busybox:*'] },
    })
    expect(held.removed.map(({ name }) => name)).toEqual(['again:1, app:1', 'apart:1', 'other:lab'])
    for (const { sharedBytes } of held.removed) expect(sharedBytes).toBeGreaterThan(1_000_000)

    // Those that nothing stands on, and then what they stood on.
    const some = await cleanSettled(cleanup, {
      kinds: ['build-cache'],
      keep: { names: ['mount / from exec*'] },
    })
    expect(some.removed.length).toBeGreaterThan(5)
    expect(await records()).toBeGreaterThan(0)
    const cache = await cleanSettled(cleanup, { kinds: ['build-cache'] })
    expect(cache.removed.length).toBeGreaterThan(1)
    expect(await records()).toBe(0)

    // app:2 stands on the layer of busybox:lab; a container holds app:2.
    const holder = create('holder', 'app:2', 'true')
    const kept = await cleanSettled(cleanup, { kinds: ['images'], allImages: true })
    expect(kept.removed.map(({ name }) => name)).toEqual(['busybox:lab'])
    expect(kept.removed[0]?.bytes).toBeLessThan(10_000)

    await build('app:3', 300_000, 'app:2')
    const all = await cleanSettled(cleanup, {
      kinds: ['images', 'containers', 'build-cache'],
      allImages: true,
    })
    expect(all.removed.slice(0, 3).map(({ name }) => name)).toEqual(['holder', 'app:2', 'app:3'])
    expect(all.removed[0]?.id).toBe(holder)
    expect(images()).toEqual([])
  })

  it('takes along what the builder without BuildKit made on the way, and dangling images', async () => {
    const { cleanup } = servicesFor(lab)
    const folder = join(lab.dir, 'classic')
    mkdirSync(folder)
    const classic = (tag: string, last: string) => {
      writeFileSync(join(folder, 'Dockerfile'), `FROM busybox:lab\nCOPY blob /blob\nRUN ${last}\n`)
      writeFileSync(join(folder, 'blob'), randomBytes(200_000))
      lab.docker('build', '--network', 'none', '-t', tag, folder)
    }
    classic('classic:1', 'echo one >/one')
    classic('classic:1', 'echo two >/two')
    lab.docker('run', '--name', 'source', '--network', 'none', 'classic:1', 'touch', '/written')
    lab.docker('commit', 'source', 'committed:1')
    const dangling = await cleanSettled(cleanup, { kinds: ['images', 'containers'] })
    expect(dangling.removed.length).toBeGreaterThan(1)
    const { removed } = await cleanSettled(cleanup, {
      kinds: ['images'],
      allImages: true,
      keep: { names: ['busybox:lab', 'app:*'] },
    })
    expect(removed.flatMap(({ name }) => name)).toEqual(expect.arrayContaining(['classic:1', 'committed:1']))
    expect(images()).not.toContain('classic:1')
  })

  it('counts images that were loaded from an archive', async () => {
    const { cleanup } = servicesFor(lab)
    const tar = join(lab.dir, 'saved.tar')
    lab.docker('save', '-o', tar, 'app:1', 'busybox:lab')
    await cleanSettled(cleanup, { kinds: ['build-cache', 'images'], allImages: true })
    lab.docker('load', '-i', tar)
    expect(images()).toEqual(['app:1', 'busybox:lab'])
    await cleanSettled(cleanup, { kinds: ['images'], allImages: true, keep: { names: ['busybox:lab'] } })
  })

  it('stops at the first difference, and goes no further', async () => {
    for (const name of ['a', 'b', 'c']) create(`${name}-${name}`, 'busybox:lab', 'sleep', '9999')
    let started = false
    const endpoint = await inFrontOf(lab, (method, url) => {
      if (method !== 'DELETE' || !url.includes('/containers/') || started) return
      started = true
      lab.docker('start', 'b-b')
    })
    const { cleanup } = servicesFor(lab, endpoint)
    const choice: Choice = { kinds: ['containers', 'build-cache'] }
    const { digest, items } = await preview(cleanup, choice)
    expect(items.slice(0, 3).map(({ name }) => name)).toEqual(['a-a', 'b-b', 'c-c'])
    const cleaned = await cleanup.cleanup({ ...choice, digest }, context)
    expect(cleaned).toMatchObject({
      outcome: 'stopped',
      removed: [{ name: 'a-a' }],
      stoppedAt: { item: { name: 'b-b' }, message: expect.stringContaining('running') },
    })
    expect(containers()).toEqual(['b-b running', 'c-c created'])
  })

  it('shows the engine’s own figures where the disk may not be read', async () => {
    const { engine, storage } = servicesFor(lab)
    create('stopped', 'app:1', 'sh', '-c', 'dd if=/dev/zero of=/big bs=1k count=2000')
    lab.docker('start', '--attach', 'stopped')
    lab.docker('volume', 'create', 'data')
    lab.docker('tag', 'app:1', 'registry.example:5000/team/app:two')
    const closed = createPrivileged({ env: {}, log: () => undefined, helperCommand: ['/none'] })
    const cleanup = createCleanupService({
      engine,
      storage,
      privileged: { ...closed, isRoot: false, open: false },
    })
    const choice: Choice = {
      kinds: ['images', 'containers', 'volumes', 'build-cache'],
      allImages: true,
      allVolumes: true,
      keep: { names: ['busybox:lab'] },
    }
    const seen = await preview(cleanup, choice)
    expect(seen.from).toBe('engine')
    expect(seen.items.slice(0, 3).map(({ kind, name }) => [kind, name])).toEqual([
      ['containers', 'stopped'],
      ['images', 'app:1, registry.example:5000/team/app:two'],
      ['volumes', 'data'],
    ])
    expect(seen.items[0]?.bytes).toBeGreaterThan(2_000 * 1024)
    // Layers of app:1 and what is compressed of them; busybox stays.
    expect(seen.items[1]?.bytes).toBeGreaterThan(1_500 * 1024)
    expect(seen.items[1]?.bytes).toBeLessThan(3_000 * 1024)
    const cleaned = await cleanup.cleanup({ ...choice, digest: seen.digest }, context)
    expect(cleaned).toMatchObject({ outcome: 'done', removed: seen.items })
    expect(images()).toEqual(['busybox:lab'])
    expect(await records()).toBe(0)
  })

  it('wants the administrator’s right for logs and orphans, and runs one at a time', async () => {
    const { cleanup } = servicesFor(lab)
    lab.docker('run', '--name', 'talker', '--network', 'none', 'busybox:lab', 'echo', 'hello')
    await cleanSettled(cleanup, { kinds: ['build-cache'] })
    const choice: Choice = { kinds: ['logs', 'build-cache'] }
    const { digest, items, from } = await preview(cleanup, choice)
    expect({ from, items }).toMatchObject({ from: 'disk', items: [{ name: 'talker', bytes: 1_024 }] })
    const ordinary = {
      ...context,
      session: { ...context.session, access: new Set(['read', 'write'] as const) },
    }
    await expect(cleanup.cleanup({ ...choice, digest }, ordinary)).rejects.toMatchObject({
      code: 'storage/denied',
    })
    const [first, second] = await Promise.allSettled([
      cleanup.cleanup({ ...choice, digest }, context),
      cleanup.cleanup({ ...choice, digest }, context),
    ])
    expect(first.status).toBe('fulfilled')
    expect(second).toMatchObject({ status: 'rejected', reason: { code: 'storage/busy' } })
  })
})
