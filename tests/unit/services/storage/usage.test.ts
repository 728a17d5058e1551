import { describe, expect, it } from 'vitest'
import type { EngineService } from '../../../../electron/services/engine'
import type { StorageScan } from '../../../../electron/services/storage'
import { askDiskUsage, askPart } from '../../../../electron/services/storage/usage/ask'
import { makeBar } from '../../../../electron/services/storage/usage/bar'
import { parseDiskUsage } from '../../../../electron/services/storage/usage/disk-usage'
import { describeKinds } from '../../../../electron/services/storage/usage/kinds'

/** A FAKE engine: what is busy or slow cannot be had from a real one on demand. */
function fakeEngine(apiVersion: string, answer: (path: string) => { status: number; body: string } | 'late') {
  const asked: string[] = []
  let inFlight = 0
  let most = 0
  const http = {
    apiVersion,
    async get(path: string) {
      asked.push(path)
      inFlight += 1
      most = Math.max(most, inFlight)
      await new Promise((resolve) => setImmediate(resolve))
      inFlight -= 1
      const given = answer(path)
      if (given === 'late') throw Object.assign(new Error('late'), { name: 'TimedOut' })
      return { ...given, headers: {} }
    },
  }
  return {
    engine: { http: () => Promise.resolve(http) } as unknown as EngineService,
    asked,
    most: () => most,
  }
}
const busy = { status: 500, body: '{"message":"a disk usage operation is already running"}' }
const image = { Id: 'sha256:a', Containers: 1, Size: 100, SharedSize: 60 }

describe('asking for the disk usage', () => {
  it('is done part by part, one at a time, volumes last', async () => {
    const { engine, asked, most } = fakeEngine('1.47', (path) => ({
      status: 200,
      body: path.includes('image')
        ? JSON.stringify({ LayersSize: 100, Images: [image] })
        : '{"LayersSize":0}',
    }))
    const [{ usage, missing }] = await Promise.all([askDiskUsage(engine), askPart(engine, 'volume')])
    expect(asked.filter((path) => path.includes('volume'))).toHaveLength(2)
    expect(asked.at(-1)).toBe('/system/df?type=volume')
    expect(most()).toBe(1)
    expect(usage).toEqual({ LayersSize: 100, Images: [image] })
    expect(missing).toEqual([])
  })

  it('is one question where the engine knows no parts, and waits while it works for another', async () => {
    let times = 0
    const { engine, asked } = fakeEngine('1.41', () => {
      times += 1
      return times === 1 ? busy : { status: 200, body: '{"LayersSize":5,"Images":[],"Volumes":null}' }
    })
    expect(await askDiskUsage(engine)).toMatchObject({ usage: { LayersSize: 5, Images: [] }, missing: [] })
    expect(asked).toEqual(['/system/df', '/system/df'])
  })

  it('tells which part came too late', async () => {
    const { engine } = fakeEngine('1.47', (path) =>
      path.includes('volume') ? 'late' : { status: 200, body: '{}' },
    )
    expect((await askDiskUsage(engine)).missing).toEqual(['volumes-late'])
  })

  it('passes on what the engine refuses', async () => {
    const { engine } = fakeEngine('1.47', () => ({ status: 500, body: 'no' }))
    await expect(askDiskUsage(engine)).rejects.toMatchObject({ code: 'engine/refused' })
    await expect(askDiskUsage(engine)).rejects.toMatchObject({ code: 'engine/refused' })
  })
})

it('parents of a cache record are read as each engine writes them', () => {
  const record = {
    ID: 'a',
    Type: 'regular',
    Description: '',
    InUse: false,
    Shared: false,
    Size: 1,
    CreatedAt: '',
  }
  const { BuildCache } = parseDiskUsage(
    JSON.stringify({
      BuildCache: [
        { ...record, Parent: 'one' },
        { ...record, Parent: '' },
        { ...record, ' Parents': ['one', 'two'] },
        { ...record, Parents: ['one'] },
        { ...record, Parents: 7 },
      ],
    }),
  )
  expect(BuildCache?.map(({ parents }) => parents)).toEqual([['one'], [], ['one', 'two'], ['one'], []])
})

it('figures by kind leave out what was not told', () => {
  const tookMs = { image: 1, container: 2, 'build-cache': 3, volume: 4 }
  expect(describeKinds({ usage: {}, tookMs, missing: ['busy'] }, 'graphdriver')).toEqual([])
  const [kind] = describeKinds(
    {
      usage: { LayersSize: 150, Images: [image, { ...image, Containers: 0, Size: 90 }] },
      tookMs,
      missing: [],
    },
    'graphdriver',
  )
  expect(kind).toEqual({
    kind: 'images',
    count: 2,
    active: 1,
    bytes: 150,
    uniqueBytes: 70,
    sharedBytes: 80,
    reclaimableBytes: 110,
    tookMs: 1,
  })
})

describe('the bar of truth', () => {
  const kind = (name: 'images' | 'containers' | 'volumes' | 'build-cache', bytes: number) => ({
    kind: name,
    count: 1,
    active: 0,
    bytes,
    reclaimableBytes: 0,
    tookMs: 0,
  })
  const kinds = [kind('images', 100), kind('containers', 20), kind('volumes', 30), kind('build-cache', 0)]
  const scan = (used: number) =>
    ({
      shares: [
        { owner: { kind: 'layer' }, bytes: 110 },
        { owner: { kind: 'layer' }, bytes: 15 },
        { owner: { kind: 'log' }, bytes: 50 },
      ],
      rest: [{ kind: 'log', owners: 9, bytes: 5, entries: 9 }],
      fileSystem: { sizeBytes: 0, usedBytes: used, freeBytes: 0 },
    }) as unknown as StorageScan
  const sum = (bar: { bytes: number }[]) => bar.reduce((total, { bytes }) => total + bytes, 0)

  it('ends at what is used, with the engine’s figures alone', () => {
    const bar = makeBar({ kinds, imageStore: 'graphdriver' }, undefined, { usedBytes: 1_000, own: false })
    expect(bar.map(({ part, bytes }) => [part, bytes])).toEqual([
      ['images', 100],
      ['volumes', 30],
      ['containers', 20],
      ['elsewhere', 850],
    ])
  })

  it('counts nothing twice where the engine does', () => {
    const bar = makeBar({ kinds, imageStore: 'containerd' }, undefined, undefined)
    expect(bar.map(({ part, bytes }) => [part, bytes])).toEqual([
      ['images', 80],
      ['volumes', 30],
      ['containers', 20],
    ])
  })

  it('tells what lay elsewhere at the scan from what came since', () => {
    const bar = makeBar({ kinds, imageStore: 'graphdriver' }, scan(1_000), { usedBytes: 1_200, own: false })
    expect(bar.map(({ part, bytes }) => [part, bytes])).toEqual([
      ['layer', 125],
      ['log', 55],
      ['elsewhere', 820],
      ['unexplained', 200],
    ])
  })

  it('has nothing elsewhere on a file system of the data-root’s own', () => {
    const bar = makeBar({ kinds, imageStore: 'graphdriver' }, scan(300), { usedBytes: 310, own: true })
    expect(bar.at(-1)).toEqual({ part: 'unexplained', bytes: 130, from: 'file-system' })
  })

  it.each([
    [1_000, 900],
    [300, 200],
    [200, 150],
    [200, 10],
    [200, 0],
    [200, 200],
  ])('ends at what is used, whatever went since the scan (%i, then %i)', (then, now) => {
    for (const own of [true, false]) {
      const bar = makeBar({ kinds, imageStore: 'graphdriver' }, scan(then), { usedBytes: now, own })
      expect(sum(bar)).toBe(now)
      expect(bar.every(({ bytes }) => bytes > 0)).toBe(true)
    }
  })
})
