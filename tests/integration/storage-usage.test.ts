import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { contract } from '../../electron/contract/contract'
import { generations, type Generation, type Lab } from '../support/lab'
import { buildWithBuildKit, startOnOwnDisk } from '../support/storage-lab'
import { servicesFor, signal } from '../support/storage-services'

interface Row {
  Type: string
  TotalCount: string
  Active: string
}

const stores: { generation: Generation; store: 'graphdriver' | 'containerd' }[] = [
  ...generations.map((generation) => ({ generation, store: 'graphdriver' as const })),
  ...generations
    .filter((generation) => generation === 'next')
    .map((generation) => ({ generation, store: 'containerd' as const })),
]

describe.each(stores)('the disk of a real engine ($generation, $store)', ({ generation, store }) => {
  let lab: Lab
  beforeAll(async () => {
    lab = await startOnOwnDisk({
      generation,
      ...(store === 'containerd' ? { flags: ['--feature', 'containerd-snapshotter=true'] } : {}),
    })
    lab.importBusybox()
    await buildWithBuildKit(lab, 'app:1', {
      Dockerfile: 'FROM busybox:lab\nRUN dd if=/dev/zero of=/a bs=1k count=500\nCOPY blob /blob\n',
      blob: randomBytes(400_000),
    })
    lab.docker(
      'run',
      '--detach',
      '--name',
      'writer',
      '--network',
      'none',
      '-v',
      'data:/v',
      'app:1',
      'sh',
      '-c',
      'dd if=/dev/zero of=/v/f bs=1k count=600; dd if=/dev/zero of=/w bs=1k count=700; echo done; sleep 9999',
    )
    lab.docker('create', '--name', 'idle', '--network', 'none', 'busybox:lab', 'true')
    lab.docker('volume', 'create', 'empty')
  })
  afterAll(async () => {
    lab.docker('kill', 'writer')
    await lab.stop()
  })

  it('is told as docker system df tells it, by one question for all who ask', async () => {
    const { usage } = servicesFor(lab)
    const [first, second] = await Promise.all([usage.usage(), usage.usage()])
    expect(second).toBe(first)
    expect(contract['storage.usage'].output.parse(first)).toEqual(first)
    expect(first).toMatchObject({ imageStore: store, missing: ['no-scan'], checked: [] })
    const rows = lab
      .docker('system', 'df', '--format', '{{json .}}')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Row)
    const named = {
      images: 'Images',
      containers: 'Containers',
      volumes: 'Local Volumes',
      'build-cache': 'Build Cache',
    }
    expect(first.kinds.map(({ kind }) => kind).sort()).toEqual(Object.keys(named).sort())
    for (const { kind, count, active, bytes, sharedBytes = 0, uniqueBytes = 0 } of first.kinds) {
      const row = rows.find(({ Type }) => Type === named[kind])
      expect({ kind, count, active }).toEqual({
        kind,
        count: Number(row?.TotalCount),
        active: Number(row?.Active),
      })
      if (kind === 'images' && store === 'graphdriver') expect(sharedBytes + uniqueBytes).toBe(bytes)
    }
    const df = JSON.parse((await lab.get('/system/df')).body) as {
      LayersSize: number
      Volumes: { UsageData: { Size: number } }[]
    }
    const bytes = Object.fromEntries(first.kinds.map(({ kind, bytes }) => [kind, bytes]))
    expect(bytes['images']).toBe(df.LayersSize)
    expect(bytes['volumes']).toBe(df.Volumes.reduce((sum, { UsageData }) => sum + UsageData.Size, 0))
    expect(bytes['containers']).toBeGreaterThanOrEqual(700 * 1024)
    expect(first.bar.reduce((sum, part) => sum + part.bytes, 0)).toBe(first.fileSystem?.usedBytes)
  })

  it('adds up to what the file system says, with what a scan has seen, and is remembered', async () => {
    const { storage, usage } = servicesFor(lab)
    for await (const _ of storage.scan({}, signal));
    const told = await usage.usage()
    expect(told.missing).toEqual([])
    expect(told.bar.reduce((sum, part) => sum + part.bytes, 0)).toBe(told.fileSystem?.usedBytes)
    expect(told.bar.map(({ part }) => part)).toContain(store === 'containerd' ? 'content' : 'layer')
    // The data-root is a file system of its own: nothing can lie beside it.
    expect(told.bar.map(({ part }) => part)).not.toContain('elsewhere')
    const part = (name: string) => told.bar.find((each) => each.part === name)?.bytes ?? 0
    expect(part('volume')).toBeGreaterThanOrEqual(600 * 1024)
    // What the file system holds for itself, and nothing of the engine's.
    expect(part('unexplained')).toBeLessThan(2_000_000)
    for (const { kind, engineBytes, scanBytes } of told.checked)
      if (kind === 'volumes' || kind === 'containers')
        expect(Math.abs(engineBytes - scanBytes)).toBeLessThan(100_000)

    const { points, grew, daysToFull } = await usage.history({})
    expect(contract['storage.history'].output.parse({ points, grew })).toEqual({ points, grew })
    expect(points.at(-1)).toMatchObject({ usedBytes: told.fileSystem?.usedBytes })
    expect(daysToFull).toBeUndefined()
    await expect(usage.history({ since: 'yesterday' })).rejects.toMatchObject({ code: 'rpc/bad-input' })
    expect(existsSync(join(lab.dir, 'porthole', 'storage'))).toBe(true)
  })
})
