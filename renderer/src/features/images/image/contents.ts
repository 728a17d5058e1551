import type { ItemOf, OutputOf } from '../../../../../electron/contract/contract'

type Counted = Extract<ItemOf<'image.analyze'>, { state: 'done' }>
type CountedLayer = Counted['layers'][number]
type ListedLayer = OutputOf<'image.layers'>[number]

/** A layer, with what was counted in it once all layers have been read. */
export type Layer = ListedLayer & Partial<Pick<CountedLayer, keyof CountedLayer & keyof Counts>>
interface Counts {
  entries: number
  added: number
  modified: number
  metadata: number
  removed: number
  bytes: number
}

export type WastedFile = Counted['wasted'][number]
export type FoundCredential = Counted['credentials'][number]
export type Credential = FoundCredential['credential']
export type Entry = OutputOf<'image.files'>['entries'][number]
export type Hit = OutputOf<'image.search'>['hits'][number]
export type Content = OutputOf<'image.file'>

/** A file of a layer, to be opened. */
export interface Spot {
  layer: number
  path: string
}

/** Bytes of a layer's files: as counted, else as the history tells them. */
export function bytesOf({ bytes, sizeBytes }: Layer): number | undefined {
  return bytes ?? sizeBytes
}

/** The folder a path lies in; of the root and of what lies in it the root. */
export function folderOf(path: string): string {
  const end = path.lastIndexOf('/')
  return end <= 0 ? '/' : path.slice(0, end)
}

/** The folders on the way to a path, the root first, the path itself not among them. */
export function wayTo(path: string): string[] {
  const names = path.split('/').filter(Boolean).slice(0, -1)
  return ['/', ...names.map((_, index) => `/${names.slice(0, index + 1).join('/')}`)]
}

/** Where a link of an image leads, as a path of the same image; nothing leads out of its root. */
export function targetOf(path: string, target: string): string {
  const parts = target.startsWith('/') ? [] : folderOf(path).split('/').filter(Boolean)
  for (const part of target.split('/')) {
    if (part === '..') parts.pop()
    else if (part !== '.' && part !== '') parts.push(part)
  }
  return `/${parts.join('/')}`
}
