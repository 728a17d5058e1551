import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, readFileSync, realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { contract, type OutputOf } from '../../electron/contract/contract'
import { imageServicesFor, NOBODY, stores } from '../support/image-services'
import { Lab } from '../support/lab'
import { until } from '../support/until'

type Stack = OutputOf<'container.mountStack'>
type Changes = OutputOf<'container.changes'>

const { signal } = new AbortController()

/** What the container does to its image, hostile parts among it. */
const WORK = `
echo 12345 > /new
echo more >> /etc/kept
busybox rm /etc/gone
busybox mkdir -p /dir/below && echo x > /dir/below/f
busybox ln /new /hard
busybox ln -s /etc/shadow /link
busybox ln -s / /out
busybox mknod /null c 1 3
busybox mkfifo /pipe
busybox touch "$(busybox printf '/caf\\351')"
busybox touch '/back\\slash'
busybox chmod 600 /etc/mode
`

function startWorker(lab: Lab, name: string): string {
  const id = lab.docker(
    'run',
    '-d',
    '--network',
    'none',
    '--name',
    name,
    'work:1',
    '/bin/sh',
    '-c',
    `${WORK}touch /done; exec sleep 600`,
  )
  return id.trim()
}

async function stackOf(lab: Lab, container: string, given?: typeof NOBODY): Promise<Stack> {
  const stack = await imageServicesFor(lab, given).containers.mountStack({ container }, signal)
  expect(contract['container.mountStack'].output.parse(stack)).toEqual(stack)
  return stack
}

async function changesOf(lab: Lab, container: string, given?: typeof NOBODY): Promise<Changes> {
  const changes = await imageServicesFor(lab, given).containers.changes({ container }, signal)
  expect(contract['container.changes'].output.parse(changes)).toEqual(changes)
  return changes
}

/** The line of mount(8)'s own table, by its options. */
function mounted(lab: Lab, merged: string): Record<string, string> {
  const line = readFileSync('/proc/mounts', 'utf8')
    .split('\n')
    .find((each) => each.split(' ')[1] === merged)
  if (line === undefined) throw new Error(`${merged} is not mounted in ${lab.dir}.`)
  return Object.fromEntries(
    (line.split(' ')[3] ?? '').split(',').map((option) => option.split(/=(.*)/s) as [string, string]),
  )
}

describe.each(stores)('layers of containers ($name)', ({ name: store, options }) => {
  const containerd = store.includes('containerd')
  let lab: Lab
  let id: string
  beforeAll(async () => {
    lab = await Lab.start(options)
    lab.importBusybox('busybox:lab')
    const context = join(lab.dir, 'context')
    execFileSync('sh', [
      '-c',
      'mkdir -p "$1/etc" && cd "$1" && echo a > etc/kept && echo b > etc/gone && echo c > etc/mode && printf "FROM busybox:lab\\nCOPY etc /etc\\nRUN echo built > /built\\nENV A=1\\n" > Dockerfile',
      'sh',
      context,
    ])
    lab.docker('build', '-q', '--network', 'none', '-t', 'work:1', context)
    id = startWorker(lab, 'worker')
    await until('the container to have worked', () =>
      lab.docker('exec', 'worker', '/bin/ls', '/').includes('done'),
    )
  })
  afterAll(() => lab.stop())

  it('are told by path, with types and sizes from the container’s own', async () => {
    const seen = await changesOf(lab, 'worker')
    const byPath = new Map(seen.entries.map((entry) => [entry.path, entry]))
    expect(byPath.get('/new')).toEqual({ path: '/new', change: 'added', type: 'file', sizeBytes: 6 })
    expect(byPath.get('/etc/kept')).toEqual({
      path: '/etc/kept',
      change: 'modified',
      type: 'file',
      sizeBytes: 7,
    })
    expect(byPath.get('/etc/gone')).toEqual({ path: '/etc/gone', change: 'removed' })
    expect(byPath.get('/etc')).toEqual({ path: '/etc', change: 'modified', type: 'folder' })
    expect(byPath.get('/dir/below/f')).toMatchObject({ change: 'added', type: 'file', sizeBytes: 2 })
    expect(byPath.get('/link')).toEqual({ path: '/link', change: 'added', type: 'symlink' })
    expect(byPath.get('/out')).toEqual({ path: '/out', change: 'added', type: 'symlink' })
    expect(byPath.get('/null')).toMatchObject({ type: 'char' })
    expect(byPath.get('/pipe')).toMatchObject({ type: 'fifo' })
    expect(byPath.get('/caf\\xe9')).toMatchObject({ type: 'file', sizeBytes: 0 })
    expect(byPath.get('/back\\x5cslash')).toMatchObject({ type: 'file', sizeBytes: 0 })
    const paths = seen.entries.map(({ path }) => path)
    expect(paths).toEqual([...paths].sort())
    // A file with two names counts once.
    const upper = (await stackOf(lab, 'worker')).layers[0]?.directory ?? ''
    const sizes = execFileSync('find', [upper, '-type', 'f', '-printf', '%i %s\\n'], { encoding: 'utf8' })
    const bytes = new Map(
      sizes
        .trim()
        .split('\n')
        .map((line) => line.split(' ') as [string, string]),
    )
    expect(seen.bytes).toBe([...bytes.values()].reduce((sum, each) => sum + Number(each), 0))
    const diff = lab
      .docker('diff', 'worker')
      .trim()
      .split('\n')
      .map((line) => line[0])
    expect(seen.counts).toEqual({
      added: diff.filter((kind) => kind === 'A').length,
      modified: diff.filter((kind) => kind === 'C').length,
      removed: diff.filter((kind) => kind === 'D').length,
    })
    expect(seen.image).toBe(lab.docker('inspect', '-f', '{{.Image}}', 'worker').trim())
  })

  it('are told by the engine alone where nothing else can be read', async () => {
    const alone = await changesOf(lab, 'worker', NOBODY)
    const seen = await changesOf(lab, id)
    expect(alone.bytes).toBeUndefined()
    expect(alone.counts).toEqual(seen.counts)
    expect(alone.entries.map(({ change }) => change)).toEqual(seen.entries.map(({ change }) => change))
    expect(alone.entries.every((entry) => entry.type === undefined && entry.sizeBytes === undefined)).toBe(
      true,
    )
    expect(alone.entries.map(({ path }) => path)).toContain('/caf\ufffd')
  })

  it('are none of a container that was only created, and stay when one has ended', async () => {
    lab.docker('create', '--name', 'fresh', '--network', 'none', 'work:1', '/bin/sh')
    expect(await changesOf(lab, 'fresh')).toMatchObject({
      counts: { added: 0, modified: 0, removed: 0 },
      entries: [],
      bytes: 0,
    })
    lab.docker('run', '--name', 'ended', '--network', 'none', 'work:1', '/bin/sh', '-c', 'echo 1 > /left')
    const ended = await changesOf(lab, 'ended')
    expect(ended.entries).toContainEqual({ path: '/left', change: 'added', type: 'file', sizeBytes: 2 })
    lab.docker('rm', 'fresh', 'ended')
    await expect(changesOf(lab, 'ended')).rejects.toMatchObject({ code: 'engine/not-found' })
    await expect(changesOf(lab, '../images/work:1')).rejects.toMatchObject({
      code: expect.stringMatching(/^engine\//) as unknown,
    })
  })

  it('are mounted as the kernel says, each joined to its layer', async () => {
    const stack = await stackOf(lab, 'worker')
    const { images } = imageServicesFor(lab)
    const layers = await images.layers({ image: 'work:1' }, signal)
    expect(stack.from).toBe('mount')
    expect(stack.driver).toBe(containerd ? 'overlayfs' : 'overlay2')
    const table = mounted(lab, stack.merged ?? '')
    expect(stack.layers.map(({ mountedAs }) => mountedAs)).toEqual([
      table['upperdir'],
      ...(table['lowerdir'] ?? '').split(':'),
    ])
    expect(stack.work).toBe(table['workdir'])
    expect(stack.options).toContain('rw')
    expect(stack.options.some((option) => /^(lower|upper|work)dir/.test(option))).toBe(false)
    expect(stack.layers.slice(0, 2).map(({ kind }) => kind)).toEqual(['upper', 'init'])
    // The classic builder leaves the init layer of the container of RUN in the containerd store.
    const inits = stack.layers.slice(2).filter(({ kind }) => kind === 'init')
    expect(inits).toHaveLength(containerd ? 1 : 0)
    for (const { mountedAs, directory } of stack.layers) {
      expect(directory).toBe(realpathSync(mountedAs ?? ''))
      expect(existsSync(directory)).toBe(true)
    }
    const ofImage = stack.layers.filter(({ kind }) => kind === 'layer').reverse()
    expect(
      ofImage.map(({ index, diffId, chainId, createdBy }) => ({ index, diffId, chainId, createdBy })),
    ).toEqual(layers.map(({ index, diffId, chainId, createdBy }) => ({ index, diffId, chainId, createdBy })))
    expect(existsSync(join(ofImage.at(-1)?.directory ?? '', 'built'))).toBe(true)
    expect(existsSync(join(ofImage[0]?.directory ?? '', 'bin/busybox'))).toBe(true)
    expect(existsSync(join(stack.layers[0]?.directory ?? '', 'new'))).toBe(true)
    expect(existsSync(join(stack.layers[1]?.directory ?? '', 'etc/hosts'))).toBe(true)
    for (const { chainId, directory } of ofImage)
      expect(storeSays(lab, containerd, chainId ?? '')).toBe(directory)
  })

  it('are the same without the right to read the store, by their places', async () => {
    const bare = await stackOf(lab, 'worker', NOBODY)
    const seen = await stackOf(lab, 'worker')
    if (!containerd) expect(bare).toEqual(seen)
    expect(bare.layers.map(({ directory }) => directory)).toEqual(
      seen.layers.map(({ directory }) => directory),
    )
    lab.docker('run', '-d', '--network', 'none', '--name', 'plain', 'busybox:lab', '/bin/sleep', '600')
    const plain = await stackOf(lab, 'plain')
    expect(plain.layers.at(-1)).toMatchObject({
      kind: 'layer',
      index: 0,
      chainId: plain.layers.at(-1)?.diffId,
    })
    expect(await stackOf(lab, 'plain', NOBODY)).toEqual(plain)
    lab.docker('rm', '-f', 'plain')
  })

  it('are told of a container that is not mounted, by the engine or the store', async () => {
    lab.docker('create', '--name', 'still', '--network', 'none', 'work:1', '/bin/sh')
    const running = await stackOf(lab, 'worker')
    const still = await stackOf(lab, 'still')
    expect(still.from).toBe(containerd ? 'store' : 'engine')
    expect(still.merged).toBeUndefined()
    expect(still.options).toEqual([])
    expect(still.layers.map(({ kind }) => kind)).toEqual(running.layers.map(({ kind }) => kind))
    expect(still.layers.slice(2)).toEqual(
      running.layers.slice(2).map((layer) => {
        const { mountedAs, ...rest } = layer
        expect(mountedAs).toBeDefined()
        return rest
      }),
    )
    for (const { directory } of still.layers) expect(existsSync(directory)).toBe(true)
    expect(existsSync(still.work ?? '')).toBe(true)
    lab.docker('start', 'still')
    lab.docker('rm', '-f', 'still')
  })

  it('are not told where only root could, and the reason is', async () => {
    lab.docker('create', '--name', 'denied', '--network', 'none', 'work:1', '/bin/sh')
    const asked = stackOf(lab, 'denied', NOBODY)
    if (containerd) await expect(asked).rejects.toMatchObject({ code: 'storage/denied' })
    else expect((await asked).from).toBe('engine')
    lab.docker('rm', 'denied')
  })

  it('are told of a container whose image was removed by force', async () => {
    lab.docker('commit', '-m', 'x', 'worker', 'lost:1')
    lab.docker('create', '--name', 'orphan', '--network', 'none', 'lost:1', '/bin/sleep', '600')
    const before = await stackOf(lab, 'orphan')
    expect(before.layers.some(({ index }) => index === 3)).toBe(true)
    lab.docker('rmi', '-f', 'lost:1')
    const after = await stackOf(lab, 'orphan')
    expect(after.layers.map(({ directory }) => directory)).toEqual(
      before.layers.map(({ directory }) => directory),
    )
    expect(after.layers.map(({ chainId }) => chainId)).toEqual(before.layers.map(({ chainId }) => chainId))
    expect((await changesOf(lab, 'orphan')).entries).toEqual([])
    lab.docker('rm', 'orphan')
  })
})

/** The folder of a chain id by the daemon's own files, or by containerd's own tool. */
function storeSays(lab: Lab, containerd: boolean, chainId: string): string {
  if (!containerd) {
    const folder = join(lab.dataRoot, 'image/overlay2/layerdb/sha256', chainId.slice('sha256:'.length))
    return join(lab.dataRoot, 'overlay2', readFileSync(join(folder, 'cache-id'), 'utf8'), 'diff')
  }
  // containerd's collection takes away what nothing holds, a view between two words of its tool, too.
  for (let left = 5; ; left -= 1) {
    try {
      return snapshotSays(lab, chainId)
    } catch (error) {
      if (left === 0) throw error
    }
  }
}

function snapshotSays(lab: Lab, chainId: string): string {
  const socket = join(lab.execRoot, 'containerd/containerd.sock')
  const ctr = join(dirname(lab.binary), 'ctr')
  // A view of a layer has the layer itself as the topmost of its directories.
  const key = `view-${chainId.slice(-12)}`
  execFileSync(
    ctr,
    ['-a', socket, '-n', 'moby', 'snapshots', '--snapshotter', 'overlayfs', 'view', key, chainId],
    { env: lab.env },
  )
  try {
    const told = execFileSync(
      ctr,
      ['-a', socket, '-n', 'moby', 'snapshots', '--snapshotter', 'overlayfs', 'mounts', '/x', key],
      { encoding: 'utf8', env: lab.env },
    )
    const lower = /lowerdir=([^,:\s]+)/.exec(told)?.[1]
    return lower ?? /(\S+\/fs) \/x/.exec(told)?.[1] ?? told
  } finally {
    spawnSync(ctr, ['-a', socket, '-n', 'moby', 'snapshots', '--snapshotter', 'overlayfs', 'rm', key], {
      env: lab.env,
    })
  }
}
