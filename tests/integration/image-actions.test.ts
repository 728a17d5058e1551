import { execFileSync } from 'node:child_process'
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { contract } from '../../electron/contract/contract'
import {
  followTransfer,
  imageServicesFor,
  stores,
  toImport,
  type ImageServices,
} from '../support/image-services'
import { Lab } from '../support/lab'

const { signal } = new AbortController()

/** An image with this much that no other has and that does not pack. */
function makeImage(lab: Lab, name: string, bytes: number): string {
  const context = join(lab.dir, `context-${name.replace(/\W/g, '-')}`)
  mkdirSync(context)
  writeFileSync(join(context, 'data'), randomBytes(bytes))
  writeFileSync(join(context, 'Dockerfile'), `FROM busybox:lab\nCOPY data /data\nCMD ["/bin/sh"]\n`)
  lab.docker('build', '-q', '--network', 'none', '-t', name, context)
  return idOf(lab, name)
}

const idOf = (lab: Lab, name: string) =>
  lab.docker('inspect', '--type', 'image', '-f', '{{.Id}}', name).trim()
const allIds = (lab: Lab) => lab.docker('images', '-aq', '--no-trunc').split('\n').sort()
const names = (lab: Lab) =>
  lab.docker('images', '--format', '{{.Repository}}:{{.Tag}}').split('\n').filter(Boolean).sort()

async function previewed(actions: ImageServices['actions'], image: string) {
  const preview = await actions.previewRemove({ image }, signal)
  expect(contract['image.previewRemove'].output.parse(preview)).toEqual(preview)
  return preview
}

describe.each(stores)('what changes images ($name)', ({ name: store, options }) => {
  let lab: Lab
  let out: string
  beforeAll(async () => {
    lab = await Lab.start(options)
    lab.importBusybox('busybox:lab')
    out = join(lab.dir, 'out')
    mkdirSync(out)
  })
  afterAll(() => lab.stop())

  it('gives an image one more name', async () => {
    const { actions } = imageServicesFor(lab)
    expect(await actions.tag({ image: 'busybox:lab', name: 'localhost:5000/named/again' }, signal)).toEqual({
      name: 'localhost:5000/named/again:latest',
    })
    expect(idOf(lab, 'localhost:5000/named/again:latest')).toBe(idOf(lab, 'busybox:lab'))
    lab.docker('rmi', 'localhost:5000/named/again')
    await expect(actions.tag({ image: 'busybox:lab', name: 'NO NAME' }, signal)).rejects.toMatchObject({
      code: 'engine/refused',
    })
    await expect(actions.tag({ image: 'nowhere:1', name: 'a:1' }, signal)).rejects.toMatchObject({
      code: 'engine/not-found',
    })
    for (const image of ['../containers/x', 'a/../../info', '..', 'a//b', 'a?b', 'a b', './a'])
      await expect(actions.tag({ image, name: 'a:1' }, signal)).rejects.toMatchObject({
        code: 'engine/refused',
      })
  })

  it('takes names away one by one and the image with the last, as it was told', async () => {
    const { actions } = imageServicesFor(lab)
    const id = makeImage(lab, 'going:1', 300_000)
    lab.docker('tag', 'going:1', 'going:2')
    lab.docker('tag', 'going:1', 'other/going:3')
    const one = await previewed(actions, 'going:2')
    expect(one).toMatchObject({ id, untags: ['going:2'], deletes: false, layers: [], containers: [] })
    await actions.remove({ image: 'going:2', digest: one.digest }, signal)
    expect(names(lab)).toContain('going:1')
    expect(names(lab)).not.toContain('going:2')
    // What was told no longer holds.
    await expect(actions.remove({ image: 'going:2', digest: one.digest }, signal)).rejects.toMatchObject({
      code: 'engine/not-found',
    })
    const two = await previewed(actions, 'other/going:3')
    lab.docker('tag', 'going:1', 'other/going:4')
    lab.docker('rmi', 'going:1')
    lab.docker('rmi', 'other/going:4')
    await expect(
      actions.remove({ image: 'other/going:3', digest: two.digest }, signal),
    ).rejects.toMatchObject({ code: 'storage/changed-underneath' })
    const last = await previewed(actions, 'other/going:3')
    expect(last.deletes).toBe(true)
    expect(last.untags).toContain('other/going:3')
    expect(last.layers).toHaveLength(1)
    expect(last.freesBytes).toBeGreaterThan(299_000)
    const removed = await actions.remove({ image: 'other/going:3', digest: last.digest }, signal)
    expect(contract['image.remove'].output.parse(removed)).toEqual(removed)
    expect(removed.deleted).toContain(id)
    expect(removed.untagged).toContain('other/going:3')
    expect(() => idOf(lab, id)).toThrow()
    expect(names(lab)).toContain('busybox:lab')
  })

  it('takes an image with all of its names away by its id', async () => {
    const { actions } = imageServicesFor(lab)
    const id = makeImage(lab, 'many:1', 50_000)
    lab.docker('tag', 'many:1', 'elsewhere/many:2')
    for (const asked of [id, id.slice('sha256:'.length), id.slice('sha256:'.length, 19)]) {
      const preview = await previewed(actions, asked)
      expect(preview).toMatchObject({ id, deletes: true })
      expect(preview.untags).toEqual(expect.arrayContaining(['elsewhere/many:2', 'many:1']))
    }
    const { digest } = await previewed(actions, id)
    const { untagged, deleted } = await actions.remove({ image: id, digest }, signal)
    expect(untagged).toEqual(expect.arrayContaining(['elsewhere/many:2', 'many:1']))
    expect(deleted).toContain(id)
    expect(() => idOf(lab, id)).toThrow()
  })

  it('keeps an image whole that a container was made from, running or not', async () => {
    const { actions } = imageServicesFor(lab)
    const id = makeImage(lab, 'used:1', 1_000)
    lab.docker('tag', 'used:1', 'used:2')
    lab.docker('create', '--name', 'user', '--network', 'none', 'used:1', '/bin/sleep', '600')
    for (const running of [false, true]) {
      if (running) lab.docker('start', 'user')
      const all = await previewed(actions, id)
      expect(all).toMatchObject({ deletes: false, containers: [{ name: 'user', running }] })
      await expect(actions.remove({ image: id, digest: all.digest }, signal)).rejects.toMatchObject({
        code: 'engine/conflict',
        message: 'The container user was made from this image.',
        detail: { container: 'user' },
      })
      // Not one of its names is gone.
      expect(names(lab)).toEqual(expect.arrayContaining(['used:1', 'used:2']))
    }
    const name = await previewed(actions, 'used:2')
    expect(name).toMatchObject({ untags: ['used:2'], deletes: false })
    await actions.remove({ image: 'used:2', digest: name.digest }, signal)
    const last = await previewed(actions, 'used:1')
    expect(last.deletes).toBe(false)
    await expect(actions.remove({ image: 'used:1', digest: last.digest }, signal)).rejects.toMatchObject({
      code: 'engine/conflict',
    })
    lab.docker('rm', '-f', 'user')
    const free = await previewed(actions, 'used:1')
    expect(free.deletes).toBe(true)
    await actions.remove({ image: 'used:1', digest: free.digest }, signal)
    expect(names(lab)).not.toContain('used:1')
  })

  it('saves several images to a file that only its owner may read, and loads them again', async () => {
    const { actions } = imageServicesFor(lab)
    const first = makeImage(lab, 'saved:1', 3_000_000)
    makeImage(lab, 'saved:2', 1_000)
    const path = join(out, 'two.tar')
    const { done } = await followTransfer(actions.save({ images: ['saved:1', 'saved:2'], path }, signal))
    expect(done).toEqual({ state: 'done', bytes: statSync(path).size, images: [], path })
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(readdirSync(out)).toEqual(['two.tar'])
    const listed = execFileSync('tar', ['-xOf', path, 'manifest.json'], { encoding: 'utf8' })
    expect(
      (JSON.parse(listed) as { RepoTags: string[] }[]).flatMap(({ RepoTags }) => RepoTags).sort(),
    ).toEqual(['saved:1', 'saved:2'])
    lab.docker('rmi', 'saved:1', 'saved:2')
    const loaded = await followTransfer(actions.load({ path }, signal))
    expect([...loaded.done.images].sort()).toEqual(['saved:1', 'saved:2'])
    expect(loaded.done.bytes).toBe(statSync(path).size)
    expect(loaded.items[0]).toMatchObject({ state: 'running', totalBytes: statSync(path).size })
    expect(idOf(lab, 'saved:1')).toBe(first)
    // Through a link, too.
    symlinkSync('two.tar', join(out, 'link.tar'))
    expect(
      (await followTransfer(actions.load({ path: join(out, 'link.tar') }, signal))).done.images,
    ).toHaveLength(2)
    // By its id it has no name in the archive.
    const byId = join(out, 'id.tar')
    await followTransfer(actions.save({ images: [first], path: byId }, signal))
    lab.docker('rmi', 'saved:1', 'saved:2')
    expect((await followTransfer(actions.load({ path: byId }, signal))).done.images).toEqual([first])
    lab.docker('rmi', first)
  })

  it('saves by a name with a digest where the engine has one', async () => {
    const { actions } = imageServicesFor(lab)
    const { images } = imageServicesFor(lab)
    const digest = (await images.list(signal)).find(({ tags }) => tags.includes('busybox:lab'))?.digests[0]
    if (digest === undefined) return
    const path = join(out, 'digest.tar')
    await followTransfer(actions.save({ images: [digest], path }, signal))
    expect(execFileSync('tar', ['-tf', path], { encoding: 'utf8' })).toContain('manifest.json')
  })

  it('writes over nothing, and nothing at all for an image that is not there', async () => {
    const { actions } = imageServicesFor(lab)
    const taken = join(out, 'taken.tar')
    writeFileSync(taken, 'mine')
    await expect(
      followTransfer(actions.save({ images: ['busybox:lab'], path: taken }, signal)),
    ).rejects.toMatchObject({
      code: 'image/no-archive',
    })
    expect(readFileSync(taken, 'utf8')).toBe('mine')
    const before = readdirSync(out)
    for (const [image, path, code] of [
      ['nowhere:1', join(out, 'none.tar'), 'engine/not-found'],
      ['busybox:lab', join(out, 'no/such/folder.tar'), 'image/no-archive'],
      ['busybox:lab', 'relative.tar', 'image/no-archive'],
      ['busybox:lab', '~/x.tar', 'image/no-archive'],
      ['busybox:lab', out, 'image/no-archive'],
    ] as const)
      await expect(followTransfer(actions.save({ images: [image], path }, signal))).rejects.toMatchObject({
        code,
      })
    await expect(
      followTransfer(
        actions.save({ images: ['busybox:lab', 'nowhere:1'], path: join(out, 'none.tar') }, signal),
      ),
    ).rejects.toMatchObject({ code: 'engine/not-found' })
    expect(readdirSync(out)).toEqual(before)
  })

  it('leaves no file when a save is left in the middle', async () => {
    const { actions } = imageServicesFor(lab)
    makeImage(lab, 'large:1', 60_000_000)
    const before = readdirSync(out)
    const path = join(out, 'stopped.tar')
    // The reader leaves.
    for await (const item of actions.save({ images: ['large:1'], path }, signal)) {
      expect(item.state).toBe('running')
      expect(existsSync(path)).toBe(false)
      expect(readdirSync(out)).toHaveLength(before.length + 1)
      break
    }
    expect(readdirSync(out)).toEqual(before)
    // The caller stops it.
    const stop = new AbortController()
    const stopped = followTransfer(
      (async function* () {
        for await (const item of actions.save({ images: ['large:1'], path }, stop.signal)) {
          stop.abort()
          yield item
        }
      })(),
    )
    await expect(stopped).rejects.toMatchObject({ code: 'rpc/cancelled' })
    expect(readdirSync(out)).toEqual(before)
    // The program ends.
    const ended = imageServicesFor(lab).actions
    const items = ended.save({ images: ['large:1'], path }, signal)[Symbol.asyncIterator]()
    expect((await items.next()).value).toMatchObject({ state: 'running' })
    await ended.dispose()
    expect(readdirSync(out)).toEqual(before)
    await expect(items.next()).rejects.toMatchObject({ code: 'rpc/cancelled' })
  })

  it('imports a file system, plain and packed, with a name, a message and changes', async () => {
    const { actions } = imageServicesFor(lab)
    const plain = join(out, 'root.tar')
    execFileSync('tar', ['-C', join(lab.dir, 'rootfs'), '-cf', plain, '.'])
    const { done, items } = await followTransfer(
      actions.import(
        toImport({
          path: plain,
          name: 'imported',
          message: 'by hand',
          changes: ['CMD ["/bin/ls"]', 'ENV A="b c"'],
        }),
        signal,
      ),
    )
    expect(done.images).toEqual([idOf(lab, 'imported:latest')])
    expect(done.bytes).toBe(statSync(plain).size)
    expect(items[0]).toMatchObject({ totalBytes: statSync(plain).size })
    const about = JSON.parse(lab.docker('inspect', 'imported')) as {
      Comment: string
      Config: { Cmd: string[]; Env: string[] }
    }[]
    expect(about[0]?.Comment).toBe('by hand')
    expect(about[0]?.Config).toMatchObject({
      Cmd: ['/bin/ls'],
      Env: expect.arrayContaining(['A=b c']) as unknown,
    })
    execFileSync('gzip', ['-k', plain])
    const packed = await followTransfer(actions.import(toImport({ path: `${plain}.gz` }), signal))
    expect(packed.done.images).toHaveLength(1)
    expect(
      lab.docker('run', '--rm', '--network', 'none', packed.done.images[0] ?? '', '/bin/echo', 'runs'),
    ).toBe('runs\n')
    lab.docker('rmi', 'imported', packed.done.images[0] ?? '')
  })

  it('says of a file that is no archive what the engine says, and has no image of it', async () => {
    const { actions } = imageServicesFor(lab)
    const before = allIds(lab)
    const garbage = join(out, 'garbage')
    writeFileSync(garbage, randomBytes(30_000_000))
    const short = join(out, 'short.tar')
    execFileSync('tar', ['-C', join(lab.dir, 'rootfs'), '-cf', short, '.'])
    truncateSync(short, 900_000)
    const files = join(out, 'files.tar')
    execFileSync('tar', ['-C', join(lab.dir, 'rootfs'), '-cf', files, '.'])
    lab.docker('save', '-o', join(out, 'whole.tar'), 'busybox:lab')
    const half = join(out, 'half.tar')
    execFileSync('sh', ['-c', 'head -c 700000 "$1" > "$2"', 'sh', join(out, 'whole.tar'), half])
    for (const path of [garbage, half, files])
      await expect(followTransfer(actions.load({ path }, signal))).rejects.toMatchObject({
        code: 'image/no-archive',
        message: expect.stringContaining('the engine says') as unknown,
      })
    for (const path of [garbage, short])
      for (const name of ['half:1', undefined])
        await expect(followTransfer(actions.import(toImport({ path, name }), signal))).rejects.toMatchObject({
          code: 'image/no-archive',
        })
    expect(allIds(lab)).toEqual(before)
    // A name that another image has is that image's again.
    lab.docker('tag', 'busybox:lab', 'kept:1')
    await expect(
      followTransfer(actions.import(toImport({ path: garbage, name: 'kept:1' }), signal)),
    ).rejects.toMatchObject({ code: 'image/no-archive' })
    expect(idOf(lab, 'kept:1')).toBe(idOf(lab, 'busybox:lab'))
    lab.docker('rmi', 'kept:1')
    expect(allIds(lab)).toEqual(before)
    await expect(
      followTransfer(actions.import(toImport({ path: files, changes: ['FOO bar'] }), signal)),
    ).rejects.toMatchObject({ code: 'engine/refused' })
    await expect(
      followTransfer(actions.import(toImport({ path: files, name: 'No:1' }), signal)),
    ).rejects.toMatchObject({ code: 'engine/refused' })
  })

  it('takes nothing of a file that is left in the middle', async () => {
    const { actions } = imageServicesFor(lab)
    const before = allIds(lab)
    const archive = join(out, 'large.tar')
    const root = join(out, 'large-root.tar')
    // A tail of zeros that takes no room: the engine has to read all of it.
    lab.docker('save', '-o', archive, 'busybox:lab')
    execFileSync('sh', [
      '-c',
      'cd "$1" && truncate -s 300M zeros && tar -cf "$2" zeros; rm zeros',
      'sh',
      out,
      root,
    ])
    truncateSync(archive, 300_000_000)
    const runs = [
      (stop: AbortSignal) => actions.load({ path: root }, stop),
      (stop: AbortSignal) => actions.import(toImport({ path: root, name: 'stopped:1' }), stop),
    ]
    for (const run of runs) {
      const stop = new AbortController()
      const seen = (async () => {
        for await (const item of run(stop.signal)) {
          expect(item.state).toBe('running')
          if (item.bytes > 20_000_000) stop.abort()
        }
      })()
      await expect(seen).rejects.toMatchObject({ code: 'rpc/cancelled' })
    }
    expect(allIds(lab)).toEqual(before)
    await expect.poll(() => temporary(lab), { timeout: 30_000 }).toEqual([])
  })

  it('sends a file no faster than the engine takes it', async () => {
    const { actions } = imageServicesFor(lab)
    const path = join(out, 'slow.tar')
    execFileSync('sh', [
      '-c',
      'cd "$1" && truncate -s 300M zeros && tar -cf "$2" zeros; rm zeros',
      'sh',
      out,
      path,
    ])
    const before = process.memoryUsage.rss()
    let most = 0
    const stop = new AbortController()
    for await (const item of actions.import(toImport({ path, name: 'slow:1' }), stop.signal)) {
      most = Math.max(most, process.memoryUsage.rss() - before)
      if (item.state === 'done') expect(item.images).toHaveLength(1)
    }
    expect(most).toBeLessThan(150_000_000)
    lab.docker('rmi', 'slow:1')
  })

  it(`refuses what is no file before anything is sent (${store})`, async () => {
    const { actions } = imageServicesFor(lab)
    const pipe = join(out, 'pipe')
    execFileSync('mkfifo', [pipe])
    // Somebody who writes into it would be kept waiting.
    const held = openSync(pipe, 'r+')
    try {
      for (const path of [pipe, '/dev/zero', out, '~/image.tar', 'image.tar', join(out, 'absent')])
        for (const items of [actions.load({ path }, signal), actions.import(toImport({ path }), signal)])
          await expect(followTransfer(items)).rejects.toMatchObject({ code: 'image/no-archive' })
    } finally {
      closeSync(held)
    }
  })
})

/** What the engine keeps while an image is on its way in. containerd sweeps its own up when it likes. */
function temporary(lab: Lab): string[] {
  return ['tmp', 'image/overlay2/layerdb/tmp'].flatMap((folder) =>
    existsSync(join(lab.dataRoot, folder)) ? readdirSync(join(lab.dataRoot, folder)) : [],
  )
}
