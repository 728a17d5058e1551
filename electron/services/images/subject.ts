import type { ItemOf, OutputOf, ParsedInputOf } from '../../contract/contract'
import type { ConfigFields } from './config-differences'
import type { OpenedTree } from './tree'

export type Layer = OutputOf<'image.layers'>[number]
export type ReaderName = OutputOf<'image.file'>['reader']
export type WantedReader = ParsedInputOf<'image.analyze'>['reader']
export type Reading = Omit<Extract<ItemOf<'image.analyze'>, { state: 'reading' }>, 'state'>

/** An image whose entries were read. */
export interface ReadImage {
  opened: OpenedTree
  reader: ReaderName
}

/** A piece of a file. */
export interface Piece {
  bytes: Buffer
  /** Of the whole file. */
  sizeBytes: number
  reader: ReaderName
}

/** Most bytes of a file that are told, and of one piece of it. */
export const MAX_CONTENT = 1024 * 1024
export const MAX_PIECE = 512 * 1024

/** An image that can be looked into: one of the engine, or one in an archive on disk. */
export interface Subject {
  /** To ask `image.files` and the others with. */
  readonly id: string
  /** Another one where what it stands for is another. */
  readonly key: string
  readonly diffIds: readonly string[]
  /** Of an archive's image. */
  readonly tags?: readonly string[]
  read(wanted: WantedReader, tell: (reading: Reading) => void, signal: AbortSignal): Promise<ReadImage>
  /** Layers with the instructions that made them. */
  layers(signal: AbortSignal): Promise<Layer[]>
  config(signal: AbortSignal): Promise<ConfigFields>
  /** A piece of a plain file as a layer has it; `path` as it is listed. */
  content(layer: number, path: string, from: number, signal: AbortSignal): Promise<Piece>
}
