import { describe, expect, it } from 'vitest'
import { choose, type Choice } from '../../../../electron/services/storage/cleanup/choose'
import type { ContainerRow, ImageRow, Picture } from '../../../../electron/services/storage/cleanup/picture'

const at = '2026-01-01T00:00:00Z'
const image = (id: string, more: Partial<ImageRow> = {}): ImageRow => ({
  id,
  parent: '',
  tags: [`${id}:1`],
  digests: [],
  createdAt: at,
  labels: {},
  sizeBytes: 1,
  intermediate: false,
  dangling: false,
  ...more,
})
const container = (id: string, more: Partial<ContainerRow> = {}): ContainerRow => ({
  id,
  name: id,
  imageId: '',
  image: '',
  state: 'exited',
  createdAt: at,
  labels: {},
  volumes: [],
  networks: [],
  ...more,
})
const nothing: Picture = { images: [], containers: [], volumes: [], networks: [], cache: [], orphans: [] }
const go = (picture: Partial<Picture>, choice: Choice) => {
  const { items, along } = choose({ ...nothing, ...picture }, choice, Date.parse('2026-11-24T00:00:00Z'))
  return { ids: items.map(({ id }) => id), along }
}
const all: Choice = {
  kinds: ['containers', 'images', 'volumes', 'networks'],
  allImages: true,
  allVolumes: true,
}

describe('what a cleanup chooses', () => {
  it('leaves alone what runs, is paused or restarts, and whatever that uses', () => {
    const picture = {
      containers: ['running', 'paused', 'restarting', 'exited', 'created', 'dead'].map((state) =>
        container(state, {
          state,
          imageId: `of-${state}`,
          volumes: [`v-${state}`],
          networks: [`n-${state}`],
        }),
      ),
      images: ['running', 'paused', 'restarting', 'exited'].map((state) => image(`of-${state}`)),
      volumes: ['running', 'exited'].map((state) => ({
        name: `v-${state}`,
        driver: 'local',
        createdAt: at,
        labels: {},
      })),
      networks: ['paused', 'exited'].map((state) => ({
        id: `n-${state}`,
        name: state,
        createdAt: at,
        labels: {},
        fixed: false,
      })),
    }
    expect(go(picture, all).ids).toEqual(['created', 'dead', 'exited', 'of-exited', 'v-exited', 'n-exited'])
    // Where containers stay, so does what they use.
    expect(go(picture, { ...all, kinds: ['images', 'volumes', 'networks'] }).ids).toEqual([])
  })

  it('keeps what a spared container uses', () => {
    const picture = { containers: [container('c', { imageId: 'i', volumes: ['v'] })], images: [image('i')] }
    expect(go(picture, { ...all, keep: { names: ['c'] } }).ids).toEqual([])
  })

  it('takes dangling images alone unless told otherwise', () => {
    const images = [image('named'), image('loose', { tags: [], dangling: true })]
    expect(go({ images }, { kinds: ['images'] }).ids).toEqual(['loose'])
    expect(go({ images }, { kinds: ['images'], allImages: true }).ids).toEqual(['loose', 'named'])
  })

  it('takes no image another stands on, and children before parents', () => {
    const images = [
      image('base'),
      image('step', { tags: [], intermediate: true, parent: 'base' }),
      image('app', { parent: 'step' }),
    ]
    expect(go({ images }, { kinds: ['images'], allImages: true, keep: { names: ['app:1'] } }).ids).toEqual([])
    const both = go({ images }, { kinds: ['images'], allImages: true })
    expect(both.ids).toEqual(['app', 'base'])
    expect(both.along).toEqual(new Map([['app', ['step']]]))
    const kept = go({ images }, { kinds: ['images'], allImages: true, keep: { names: ['base*'] } })
    expect(kept.ids).toEqual(['app'])
    expect(kept.along).toEqual(new Map([['app', ['step']]]))
  })

  it('takes an intermediate image along only with the last that stands on it', () => {
    const images = [
      image('step', { tags: [], intermediate: true }),
      image('a', { parent: 'step' }),
      image('b', { parent: 'step' }),
    ]
    expect(go({ images }, { kinds: ['images'], allImages: true }).along).toEqual(new Map([['b', ['step']]]))
    const used = [container('c', { imageId: 'step' })]
    expect(go({ images, containers: used }, { kinds: ['images'], allImages: true }).along.size).toBe(0)
  })

  it('takes no volume of another driver, and unnamed ones alone unless told otherwise', () => {
    const volume = (name: string, driver = 'local', labels = {}) => ({ name, driver, labels, createdAt: at })
    const volumes = [
      volume('data'),
      volume('ab'.repeat(32)),
      volume('by-label', 'local', { 'com.docker.volume.anonymous': '' }),
      volume('remote', 'nfs'),
    ]
    expect(go({ volumes }, { kinds: ['volumes'] }).ids).toEqual(['ab'.repeat(32), 'by-label'])
    expect(go({ volumes }, { kinds: ['volumes'], allVolumes: true }).ids).not.toContain('remote')
  })

  it('takes records of the build cache from the leaves down, none in use and none below one that stays', () => {
    const record = (ID: string, parents: string[], InUse = false) => ({
      ID,
      parents,
      InUse,
      Shared: false,
      Size: 1,
      Type: 'regular',
      Description: ID,
      CreatedAt: at,
      LastUsedAt: at,
    })
    const cache = [
      record('root', []),
      record('leaf', ['middle']),
      record('middle', ['root']),
      record('used', ['other'], true),
      record('other', []),
    ]
    expect(go({ cache }, { kinds: ['build-cache'] }).ids).toEqual(['leaf', 'middle', 'root'])
    expect(go({ cache }, { kinds: ['build-cache'], keep: { names: ['leaf'] } }).ids).toEqual([])
  })

  it('offers the logs of those that stay only', () => {
    const containers = [container('gone'), container('stays', { state: 'running' })]
    expect(go({ containers }, { kinds: ['containers', 'logs'] }).ids).toEqual(['gone', 'stays'])
  })
})
