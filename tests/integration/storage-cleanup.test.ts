import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { generations, type Lab } from '../support/lab'
import { buildWithBuildKit, startOnOwnDisk } from '../support/storage-lab'
import { clean, lines, preview, servicesFor } from '../support/storage-services'

const dockerfile = (mebibytes: number) =>
  `FROM busybox:lab\nRUN dd if=/dev/zero of=/a bs=1k count=${mebibytes * 1024}\nCOPY blob /blob\nLABEL made=here\n`

describe.each(generations)('cleanup on a real engine with overlay2 (%s)', (generation) => {
  let lab: Lab
  beforeAll(async () => {
    lab = await startOnOwnDisk({ generation })
    lab.importBusybox('busybox:lab')
    // Another image of the same layer.
    await buildWithBuildKit(lab, 'other:lab', { Dockerfile: 'FROM busybox:lab\nLABEL other=yes\n' })
    await buildWithBuildKit(lab, 'app:1', { Dockerfile: dockerfile(1), blob: randomBytes(500_000) })
    await buildWithBuildKit(lab, 'app:2', { Dockerfile: dockerfile(1), blob: randomBytes(700_000) })
  })
  afterAll(() => lab.stop())

  const create = (name: string, ...args: string[]) =>
    lab.docker('create', '--name', name, '--network', 'none', ...args).trim()
  const images = () => lines(lab.docker('images', '--format', '{{.Repository}}:{{.Tag}}'))

  it('removes stopped containers', async () => {
    const { cleanup } = servicesFor(lab)
    create('running', 'busybox:lab', 'sleep', '9999')
    lab.docker('start', 'running')
    create('stopped', 'busybox:lab', 'sh', '-c', 'dd if=/dev/zero of=/big bs=1k count=2000; echo done')
    lab.docker('start', '--attach', 'stopped')
    create('spared', '--label', 'keep=yes', 'busybox:lab', 'true')
    const { preview: seen } = await clean(lab, cleanup, {
      kinds: ['containers'],
      keep: { labels: ['keep=yes'] },
    })
    expect(seen.items.map(({ name }) => name)).toEqual(['stopped'])
    expect(seen.items[0]?.bytes).toBeGreaterThan(2_000 * 1024)
    expect(seen.kept.map(({ name }) => name)).toEqual(['spared'])
    expect(lines(lab.docker('ps', '-a', '--format', '{{.Names}}'))).toEqual(['running', 'spared'])
    lab.docker('rm', '--force', 'running', 'spared')
  })

  it('counts a layer only where nothing keeps it: another image, a container, the build cache', async () => {
    const { cleanup } = servicesFor(lab)
    // The cache has a record of each step of app:1.
    lab.docker('tag', 'app:1', 'again:1')
    const held = await preview(cleanup, { kinds: ['images'], allImages: true, keep: { names: ['app:2'] } })
    expect(held.items.map(({ name }) => name)).toEqual(['again:1, app:1', 'busybox:lab', 'other:lab'])
    expect(held.freesBytes).toBeLessThan(100_000)

    const cache = await clean(lab, cleanup, { kinds: ['build-cache'] })
    expect(cache.removed.length).toBeGreaterThan(5)
    expect(JSON.parse((await lab.get('/system/df')).body)).toMatchObject({ Images: expect.anything() })

    // app:1 and app:2 share busybox:lab and /a; a container holds app:2.
    const holder = create('holder', 'app:2', 'true')
    const { removed } = await clean(lab, cleanup, {
      kinds: ['images'],
      allImages: true,
      keep: { names: ['other:*'] },
    })
    expect(removed.map(({ name }) => name)).toEqual(['again:1, app:1', 'busybox:lab'])
    expect(removed[0]?.bytes).toBeGreaterThan(500_000)
    expect(removed[0]?.bytes).toBeLessThan(600_000)
    expect(removed[1]?.bytes).toBeLessThan(20_000)
    expect(images()).toEqual(['app:2', 'other:lab'])

    // With its container the image goes, and the layers that only the cache still had.
    await buildWithBuildKit(lab, 'app:3', {
      Dockerfile: dockerfile(1).replace('busybox', 'other'),
      blob: randomBytes(300_000),
    })
    const all = await clean(lab, cleanup, {
      kinds: ['images', 'containers', 'build-cache'],
      allImages: true,
      keep: { names: ['other:lab'] },
    })
    expect(all.removed.slice(0, 3).map(({ name }) => name)).toEqual(['holder', 'app:2', 'app:3'])
    expect(all.removed[0]?.id).toBe(holder)
    expect(all.removed.slice(3).every(({ kind }) => kind === 'build-cache')).toBe(true)
    expect(images()).toEqual(['other:lab'])
  })

  it('removes volumes and networks that nothing uses', async () => {
    const { cleanup } = servicesFor(lab)
    lab.docker('network', 'create', '--internal', 'unused-net')
    lab.docker('network', 'create', '--internal', 'kept-net')
    create('user', '--volume', 'used:/v', '--volume', '/anonymous', 'other:lab', 'true')
    for (const name of ['named', 'spared'])
      lab.docker(
        'run',
        '--rm',
        '--network',
        'none',
        '-v',
        `${name}:/v`,
        'other:lab',
        'sh',
        '-c',
        'dd if=/dev/zero of=/v/f bs=1k count=900; ln /v/f /v/g',
      )
    const anonymous = lab
      .docker(
        'volume',
        'create',
        ...(generation === 'next' ? ['--label', 'com.docker.volume.anonymous='] : []),
        randomBytes(32).toString('hex'),
      )
      .trim()
    const few = await preview(cleanup, { kinds: ['volumes'] })
    expect(few.items.map(({ name }) => name)).toEqual([anonymous])
    const { removed, preview: seen } = await clean(lab, cleanup, {
      kinds: ['volumes', 'networks'],
      allVolumes: true,
      keep: { names: ['spared', 'kept-*'] },
    })
    expect(removed.map(({ name }) => name)).toEqual([...[anonymous, 'named'].sort(), 'unused-net'])
    expect(removed.find(({ name }) => name === 'named')?.bytes).toBeLessThan(1_000 * 1024)
    expect(seen.kept.map(({ name }) => name)).toEqual(['spared', 'kept-net'])
    lab.docker('rm', '--volumes', 'user')
    expect(lines(lab.docker('volume', 'ls', '-q'))).toEqual(['spared', 'used'])
  })
})
