import { randomBytes } from 'node:crypto'
import { cpSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { generations, type Lab } from '../support/lab'
import { startOnOwnDisk, usedBytes } from '../support/storage-lab'
import { clean, context, lines, preview, servicesFor, signal, type Choice } from '../support/storage-services'
import { until } from '../support/until'

describe('logs and orphans', () => {
  let lab: Lab
  beforeAll(async () => {
    lab = await startOnOwnDisk({ generation: generations.at(-1) ?? 'system' })
    lab.importBusybox('other:lab')
  })
  afterAll(() => lab.stop())

  const create = (name: string, ...args: string[]) =>
    lab.docker('create', '--name', name, '--network', 'none', ...args).trim()

  it('empties logs while they are written, and sets none aside that a reader needs', async () => {
    const { cleanup } = servicesFor(lab)
    const talk =
      'i=0; while [ $i -lt 60 ]; do cat /bin/script; i=$((i+1)); done; echo said; until [ -e /go ]; do sleep 0.1; done; echo after; sleep 9999'
    const ids = new Map(
      [
        ['json', '--log-driver', 'json-file', '--log-opt', 'max-size=100k', '--log-opt', 'max-file=3'],
        ['plain', '--log-driver', 'json-file'],
        [
          'local',
          '--log-driver',
          'local',
          '--log-opt',
          'max-size=100k',
          '--log-opt',
          'max-file=3',
          '--log-opt',
          'compress=false',
        ],
      ].map(([name = '', ...options]) => [name, create(name, ...options, 'other:lab', 'sh', '-c', talk)]),
    )
    writeFileSync(join(lab.dir, 'script'), `${'x'.repeat(99)}\n`.repeat(100))
    for (const name of ids.keys()) {
      lab.docker('cp', join(lab.dir, 'script'), `${name}:/bin/script`)
      lab.docker('start', name)
    }
    const folder = (name: string) => join(lab.dataRoot, 'containers', ids.get(name) ?? '')
    const log = join(folder('plain'), `${ids.get('plain')}-json.log`)
    // In the files themselves: whoever asks dockerd has it open them, and what is open keeps its blocks.
    const files: Record<string, string> = {
      json: join(folder('json'), `${ids.get('json')}-json.log`),
      plain: log,
      local: join(folder('local'), 'local-logs/container.log'),
    }
    await until('all that is said to be written', () =>
      Object.values(files).every((file) => readFileSync(file, 'utf8').includes('said')),
    )
    expect(existsSync(`${files['json']}.2`)).toBe(true)
    let stands: number[] = []
    await until(
      'nothing to be written any more',
      () => {
        const was = stands
        stands = [...ids.keys()].map((name) => usedBytes(lab) + readdirSync(folder(name)).length)
        return was.join() === stands.join()
      },
      { everyMs: 300 },
    )
    const { removed } = await clean(lab, cleanup, { kinds: ['logs'] })
    expect(removed.map(({ name }) => name)).toEqual(['json', 'local', 'plain'])
    expect(removed.at(-1)?.bytes).toBeGreaterThan(600_000)
    for (const name of ids.keys()) lab.docker('exec', name, 'touch', '/go')
    await until('dockerd to write on', () => statSync(log).size > 0)
    expect(statSync(log).blocks).toBeLessThan(16)
    expect(lab.docker('logs', 'plain')).toBe('after\n')
    await until('the others', () =>
      ['json', 'local'].every((name) => lab.docker('logs', '--tail', '1', name) === 'after\n'),
    )
    lab.docker('rm', '--force', ...ids.keys())
  })

  it('harms no container that was started meanwhile', async () => {
    const { cleanup } = servicesFor(lab)
    create('first', 'other:lab', 'sleep', '9999')
    create('second', 'other:lab', 'sleep', '9999')
    const choice: Choice = { kinds: ['containers', 'images'], allImages: true }
    const { digest, items } = await preview(cleanup, choice)
    expect(items.map(({ name }) => name)).toEqual(['first', 'second', 'other:lab'])
    lab.docker('start', 'second')
    await expect(cleanup.cleanup({ ...choice, digest }, context)).rejects.toMatchObject({
      code: 'storage/changed-underneath',
    })
    expect(lines(lab.docker('ps', '-a', '--format', '{{.Names}} {{.State}}'))).toEqual([
      'first created',
      'second running',
    ])
    lab.docker('rm', '--force', 'first', 'second')
  })

  it('sets orphans aside, puts them back, sets them aside again and removes them; nothing else', async () => {
    const { storage, cleanup } = servicesFor(lab)
    create('one', 'other:lab', 'true')
    const layers = readdirSync(join(lab.dataRoot, 'overlay2'))
    const layer =
      layers.find((name) => existsSync(join(lab.dataRoot, 'overlay2', name, 'diff/bin/busybox'))) ?? ''
    const copy = join(lab.dataRoot, 'overlay2', randomBytes(32).toString('hex'))
    cpSync(join(lab.dataRoot, 'overlay2', layer), copy, { recursive: true, verbatimSymlinks: true })
    // dockerd gives each folder a link of its own; under the old one this would stand below the container.
    writeFileSync(join(copy, 'link'), 'ORPHANORPHANORPHANORPHANAB')
    const scan = async () => {
      for await (const _ of storage.scan({}, signal));
    }
    await scan()
    const choice: Choice = { kinds: ['orphans'] }
    const first = await clean(lab, cleanup, choice)
    expect(first.removed).toMatchObject([{ kind: 'orphans', bytes: 0 }])
    expect(existsSync(copy)).toBe(false)
    const { path, items } = await cleanup.quarantine(signal)
    expect(path).toBe(join(lab.dataRoot, 'porthole-quarantine'))
    expect(items).toMatchObject([
      { from: copy.slice(lab.dataRoot.length + 1), bytes: first.removed[0]?.heldBytes, deleting: false },
    ])
    await cleanup.endQuarantine({ id: items[0]?.id ?? '', how: 'restore' }, signal)
    expect(existsSync(join(copy, 'diff/bin/busybox'))).toBe(true)

    await scan()
    await clean(lab, cleanup, choice)
    const [again] = (await cleanup.quarantine(signal)).items
    const before = usedBytes(lab)
    const { bytes } = await cleanup.endQuarantine({ id: again?.id ?? '', how: 'delete' }, signal)
    expect(before - usedBytes(lab)).toBe(bytes)
    expect((await cleanup.quarantine(signal)).items).toEqual([])
    lab.docker('start', '--attach', 'one')
  })
})
