import { createServer, request } from 'node:http'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { Lab, nextBin } from '../support/lab'
import { buildWithBuildKit } from '../support/storage-lab'
import { context, lines, preview, servicesFor, type Choice } from '../support/storage-services'

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

describe.skipIf(nextBin === undefined)('cleanup with the containerd image store', () => {
  let lab: Lab
  beforeAll(async () => {
    lab = await Lab.start({ generation: 'next', flags: ['--feature', 'containerd-snapshotter=true'] })
    lab.importBusybox()
    await buildWithBuildKit(lab, 'app:1', {
      Dockerfile: 'FROM busybox:lab\nRUN dd if=/dev/zero of=/a bs=1k count=500\n',
    })
  })
  afterAll(() => lab.stop())

  const create = (name: string, ...args: string[]) =>
    lab.docker('create', '--name', name, '--network', 'none', ...args)
  const containers = () => lines(lab.docker('ps', '-a', '--format', '{{.Names}} {{.State}}'))

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
    lab.docker('rm', '--force', 'b-b', 'c-c')
  })

  it('removes what it has shown by the engine’s own figures, and nothing else', async () => {
    const { cleanup } = servicesFor(lab)
    create('stopped', 'app:1', 'true')
    create('kept', '--label', 'keep', 'busybox:lab', 'true')
    lab.docker('volume', 'create', 'data')
    lab.docker(
      'run',
      '--name',
      'talker',
      '--label',
      'keep',
      '--network',
      'none',
      'busybox:lab',
      'echo',
      'hello',
    )
    lab.docker('tag', 'app:1', 'registry.example:5000/team/app:two')
    const choice: Choice = {
      kinds: ['images', 'containers', 'volumes', 'build-cache'],
      allImages: true,
      allVolumes: true,
      keep: { labels: ['keep'] },
    }
    const seen = await preview(cleanup, choice)
    expect(seen.from).toBe('engine')
    const cleaned = await cleanup.cleanup({ ...choice, digest: seen.digest }, context)
    expect(cleaned.stoppedAt).toBeUndefined()
    expect(cleaned).toMatchObject({ outcome: 'done', removed: seen.items })
    expect(seen.items.slice(0, 3).map(({ kind, name }) => [kind, name])).toEqual([
      ['containers', 'stopped'],
      ['images', 'app:1, registry.example:5000/team/app:two'],
      ['volumes', 'data'],
    ])
    // The layer of app:1 and what is compressed of it; busybox stays.
    expect(seen.items[1]?.bytes).toBeGreaterThan(500 * 1024)
    expect(seen.items[1]?.bytes).toBeLessThan(1_000 * 1024)
    expect(containers()).toEqual(['kept created', 'talker exited'])
    expect(lines(lab.docker('images', '--format', '{{.Repository}}'))).toEqual(['busybox'])
    expect(JSON.parse((await lab.get('/system/df?type=build-cache')).body)).toMatchObject({ BuildCache: [] })
  })

  it('wants the administrator’s right for logs and orphans, and runs one at a time', async () => {
    const { cleanup } = servicesFor(lab)
    const choice: Choice = { kinds: ['logs', 'build-cache'] }
    const { digest, items, from } = await preview(cleanup, choice)
    expect({ from, items }).toMatchObject({ from: 'engine', items: [{ name: 'talker', bytes: 4_096 }] })
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
