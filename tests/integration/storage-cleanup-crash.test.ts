import { randomBytes } from 'node:crypto'
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { dirname, join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { listQuarantine, QUARANTINE, restore } from '../../electron/helper/storage-cleanup/quarantine'
import { Tree } from '../../electron/helper/storage/tree'
import { BUNDLE_ENV, bundle } from '../support/bundle'
import type { Said } from '../support/cleanup-alone'
import { Lab, newest } from '../support/lab'
import { Random } from '../support/random'
import { context, lines, servicesFor, signal, type Choice } from '../support/storage-services'
import { until } from '../support/until'

const ROUNDS = 12
/** At most what goes in a round; some kills come after the end. */
const MOST_ITEMS = 16
const VICTIMS = ['porthole', 'helper', 'dockerd'] as const
const CHOICE: Choice = {
  kinds: ['containers', 'images', 'volumes', 'networks', 'orphans'],
  allImages: true,
  allVolumes: true,
  keep: { names: ['kept-*', 'busybox:*'] },
}

describe(`a cleanup that is killed at any moment (${newest})`, () => {
  let lab: Lab
  let program: string
  let helper: string
  const orphans = Array.from({ length: 4 }, () => `overlay2/${randomBytes(32).toString('hex')}`)
  beforeAll(async () => {
    program = await bundle('tests/support/cleanup-alone.ts', 'cleanup-alone')
    // What it imports when it needs it is not looked for in NODE_PATH.
    symlinkSync(BUNDLE_ENV.NODE_PATH, join(dirname(program), 'node_modules'))
    helper = await bundle('electron/helper/main.ts', 'porthole-helper')
    lab = await Lab.start({ generation: newest })
    lab.importBusybox()
    create('kept-one', '--volume', 'kept-data:/v', 'busybox:lab', 'sh', '-c', 'echo kept >/v/f; echo said')
    lab.docker('start', '--attach', 'kept-one')
    await lab.down()
    // Older than the engine: nothing it could be making at this moment.
    for (const path of orphans) {
      mkdirSync(join(lab.dataRoot, path, 'diff'), { recursive: true })
      writeFileSync(join(lab.dataRoot, path, 'diff/f'), path)
      writeFileSync(join(lab.dataRoot, path, 'link'), randomBytes(13).toString('hex').toUpperCase())
    }
    await lab.up()
  })
  afterAll(async () => {
    await lab.stop()
    for (const file of [program, helper]) rmSync(dirname(file), { recursive: true, force: true })
  })

  const create = (name: string, ...args: string[]) =>
    lab.docker('create', '--name', name, '--network', 'none', ...args)

  /** Makes what earlier rounds have removed; quick, by the API. */
  async function refill(): Promise<void> {
    const there = new Set(await everything())
    const post = (path: string, body: object) => lab.get(path, 'POST', body)
    for (const name of ['aa', 'bb', 'cc']) {
      if (!there.has(`volumes ${name}`)) await post('/volumes/create', { Name: name })
      if (!there.has(`networks ${name}`)) await post('/networks/create', { Name: name, Internal: true })
      if (!there.has(`images app:${name}`)) await post(`/commit?container=kept-one&repo=app&tag=${name}`, {})
      if (!there.has(`containers ${name}`))
        await post(`/containers/create?name=${name}`, {
          Image: 'busybox:lab',
          Cmd: ['true'],
          HostConfig: { NetworkMode: 'none' },
        })
    }
  }

  /** Everything the daemon and the disk have, and whether what is spared is whole. */
  async function everything(): Promise<string[]> {
    const list = async (kind: string, ...args: string[]) =>
      lines(lab.docker(...args)).map((name) => `${kind} ${name}`)
    return [
      ...(await list('containers', 'ps', '-a', '--format', '{{.Names}}')),
      ...(await list('images', 'images', '--format', '{{.Repository}}:{{.Tag}}')),
      ...(await list('volumes', 'volume', 'ls', '-q')),
      ...(await list('networks', 'network', 'ls', '--format', '{{.Name}}')),
      ...orphans
        .filter((path) => existsSync(join(lab.dataRoot, path, 'diff/f')))
        .map((path) => `orphans ${path}`),
      `data ${readFileSync(join(lab.dataRoot, 'volumes/kept-data/_data/f'), 'utf8')}`,
    ]
  }

  it(
    `tells what it did, harms nothing else and can be done again, ${ROUNDS} times`,
    { timeout: 240_000 },
    async () => {
      const random = new Random(20)
      const ends: string[] = []
      for (let round = 0; round < ROUNDS; round += 1) {
        const victim = VICTIMS[round % VICTIMS.length] ?? 'porthole'
        await refill()
        const before = await everything()
        const said: Said[] = []
        const child = spawn(
          process.execPath,
          [program, lab.endpoint, JSON.stringify(CHOICE), ...(victim === 'helper' ? [helper] : [])],
          { env: { ...process.env, ...BUNDLE_ENV }, stdio: ['ignore', 'pipe', 'inherit'] },
        )
        onTestFinished(() => {
          child.kill('SIGKILL')
        })
        createInterface({ input: child.stdout }).on('line', (line) => said.push(JSON.parse(line) as Said))
        const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))

        const done = () => said.findLast((each) => each.done !== undefined)?.done ?? -1
        const over = () => child.exitCode !== null || child.signalCode !== null
        const steps = random.int(MOST_ITEMS)
        await until(`the cleanup to begin item ${steps}`, () => done() >= steps || over(), { everyMs: 1 })
        // Anywhere within it.
        await setTimeout(random.int(10))
        if (victim === 'porthole') child.kill('SIGKILL')
        else if (victim === 'dockerd') await lab.down('SIGKILL')
        else for (const pid of helpersOf(child.pid)) kill(pid)
        await ended
        const aside = await setAside()
        if (victim === 'dockerd') {
          putAllBack(aside)
          await lab.up()
        }

        const items = said.flatMap(({ preview }) => preview?.items ?? []).map(keyOf)
        const after = await everything()
        const gone = items.filter((each) =>
          each.startsWith('orphans ')
            ? aside.some(({ from }) => each === `orphans ${from}`)
            : !after.includes(each),
        )
        expect(items.length).toBeGreaterThan(8)
        // In the order that was shown, and nothing besides.
        expect(gone).toEqual(items.slice(0, gone.length))
        expect(after).toEqual(expect.arrayContaining(before.filter((each) => !items.includes(each))))
        expect(gone.length).toBeGreaterThanOrEqual(done())
        const cleaned = said.find((each) => each.cleaned)?.cleaned
        if (cleaned) {
          const told = cleaned.removed.map(keyOf)
          expect(told).toEqual(items.slice(0, told.length))
          // What it stopped at may have gone all the same: nobody was there to say so.
          expect(gone.length - told.length).toBeLessThanOrEqual(cleaned.stoppedAt ? 1 : 0)
          if (cleaned.stoppedAt) expect(keyOf(cleaned.stoppedAt.item)).toBe(items[told.length])
          else expect(told).toEqual(items)
        }
        ends.push(cleaned?.outcome ?? (said.some(({ failed }) => failed !== undefined) ? 'failed' : 'killed'))

        const { storage, cleanup } = servicesFor(lab)
        // A dockerd that has just been started may not be told from others at the first look.
        await until('a scan', async () => {
          for await (const _ of storage.scan({}, signal));
          return true
        })
        const again = (await cleanup.preview(CHOICE, signal)).items.map(keyOf)
        expect(again).toEqual(items.filter((each) => after.includes(each)))
      }
      expect(ends.filter((end) => end === 'killed').length).toBeGreaterThan(1)
      expect(ends.filter((end) => end === 'stopped').length).toBeGreaterThan(2)
      // The last of them is done to its end.
      const { storage, cleanup } = servicesFor(lab)
      for await (const _ of storage.scan({}, signal));
      const { digest, items } = await cleanup.preview(CHOICE, signal)
      const cleaned = await cleanup.cleanup({ ...CHOICE, digest }, context)
      expect(cleaned).toMatchObject({ outcome: 'done', removed: items })
    },
  )

  /** What lies in quarantine; each orphan is there or at its place, whole. */
  async function setAside(): Promise<{ id: string; from: string }[]> {
    const tree = new Tree(lab.dataRoot)
    try {
      const items = await listQuarantine(tree, signal)
      expect(items.every(({ deleting }) => !deleting)).toBe(true)
      for (const path of orphans) {
        const aside = items.filter(({ from }) => from === path)
        const places = [path, ...aside.map(({ id }) => `${QUARANTINE}/items/${id}`)].filter((place) =>
          existsSync(join(lab.dataRoot, place)),
        )
        expect(places).toHaveLength(1)
        expect(readFileSync(join(lab.dataRoot, places[0] ?? '', 'diff/f'), 'utf8')).toBe(path)
        expect(existsSync(join(lab.dataRoot, places[0] ?? '', 'link'))).toBe(true)
      }
      return items
    } finally {
      tree.close()
    }
  }

  /** While dockerd is down, so that they are older than the next one. */
  function putAllBack(items: readonly { id: string }[]): void {
    const tree = new Tree(lab.dataRoot)
    for (const { id } of items) restore(tree, id)
    tree.close()
  }
})

function keyOf({ kind, id, name }: { kind: string; id: string; name: string }): string {
  return kind === 'orphans' ? `orphans ${id.replace(/^orphan:/, '')}` : `${kind} ${name}`
}

/** The helper's processes below a Porthole. */
function helpersOf(pid: number | undefined): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number)
  } catch {
    return []
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It ended by itself meanwhile.
  }
}
