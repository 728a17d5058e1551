import { readContentBlob, type BlobPiece, type BlobRequest } from '../images/content-blob'
import { readEmptySteps, type EmptyStepsRequest } from '../images/empty-steps'
import { MAX_FROM, readLayerFile, type LayerFilePiece, type LayerFileRequest } from '../images/layer-file'
import { readLayerRecord, type RecordPiece, type RecordRequest } from '../images/layer-record'
import type { Place } from '../images/layer-folder'
import { walkLayer, type LayerWalk, type LayerWalkRequest } from '../images/layer-walk'
import { HelperError, type Verb } from '../verb'
import { Input } from './input'
import { storeOf as storeInUse } from './scan'

/** Folders of one request; more than a piece of an answer holds would be of no use. */
const MAX_FOLDERS = 1_000

/** A piece of the record of a layer's tar headers, which dockerd keeps for every layer. */
export const layerRecord: Verb<RecordRequest, RecordPiece> = {
  name: 'layer-record',
  parse(input) {
    const fields = Input.of(input, ['pid', 'driver', 'chainId', 'from'])
    return { ...storeOf(fields), chainId: digest(fields, 'chainId'), from: from(fields) }
  },
  run: (request) => Promise.resolve().then(() => readLayerRecord(request)),
}

/** Which instructions of an image's history made no layer. */
export const emptySteps: Verb<EmptyStepsRequest, boolean[]> = {
  name: 'empty-steps',
  parse(input) {
    const fields = Input.of(input, ['pid', 'driver', 'image'])
    return { ...storeOf(fields), image: digest(fields, 'image') }
  },
  run: (request) => Promise.resolve().then(() => readEmptySteps(request)),
}

/** Entries of a layer's folder, in pieces. */
export const layerWalk: Verb<LayerWalkRequest, LayerWalk> = {
  name: 'layer-walk',
  parse(input) {
    const fields = Input.of(input, ['pid', 'driver', 'imageStore', 'chainId', 'folders', 'from'])
    return {
      ...placeOf(fields),
      chainId: digest(fields, 'chainId'),
      folders: fields.texts('folders', /^[^\0]{0,16384}$/, MAX_FOLDERS),
      from: from(fields),
    }
  },
  run: (request, { signal }) => walkLayer(request, signal),
}

/** A piece of a blob of the containerd image store. */
export const contentBlob: Verb<BlobRequest, BlobPiece> = {
  name: 'content-blob',
  parse(input) {
    const fields = Input.of(input, ['pid', 'driver', 'imageStore', 'digest', 'from'])
    return { ...placeOf(fields), digest: digest(fields, 'digest'), from: from(fields) }
  },
  run: (request) => readContentBlob(request),
}

/** A piece of a plain file of a layer's folder. */
export const layerFile: Verb<LayerFileRequest, LayerFilePiece> = {
  name: 'layer-file',
  parse(input) {
    const fields = Input.of(input, ['pid', 'driver', 'imageStore', 'chainId', 'path', 'from'])
    const begin = from(fields)
    if (begin > MAX_FROM) throw new HelperError('helper/failed', `"from" must be at most ${MAX_FROM}.`)
    return {
      ...placeOf(fields),
      chainId: digest(fields, 'chainId'),
      path: fields.text('path', 16_384),
      from: begin,
    }
  },
  run: (request) => readLayerFile(request),
}

/** A running daemon, and the store it says it works with. */
function placeOf(fields: Input): Place {
  return { pid: fields.pid('pid'), store: storeInUse(fields).store }
}

function from(fields: Input): number {
  const value = fields.number('from')
  if (value < 0) throw new HelperError('helper/failed', '"from" must not be negative.')
  return value
}

function storeOf(fields: Input): { pid: number; driver: string } {
  const driver = fields.text('driver', 64)
  if (!/^[a-z0-9][a-z0-9-]*$/.test(driver))
    throw new HelperError('helper/failed', '"driver" must be the name of a storage driver.')
  return { pid: fields.pid('pid'), driver }
}

function digest(fields: Input, name: string): string {
  const value = fields.text(name, 71)
  if (!/^sha256:[0-9a-f]{64}$/.test(value))
    throw new HelperError('helper/failed', `"${name}" must be a digest.`)
  return value
}
