import { readEmptySteps, type EmptyStepsRequest } from '../images/empty-steps'
import { readLayerRecord, type RecordPiece, type RecordRequest } from '../images/layer-record'
import { HelperError, type Verb } from '../verb'
import { Input } from './input'

/** A piece of the record of a layer's tar headers, which dockerd keeps for every layer. */
export const layerRecord: Verb<RecordRequest, RecordPiece> = {
  name: 'layer-record',
  parse(input) {
    const fields = Input.of(input, ['pid', 'driver', 'chainId', 'from'])
    const from = fields.number('from')
    if (from < 0) throw new HelperError('helper/failed', '"from" must not be negative.')
    return { ...storeOf(fields), chainId: digest(fields, 'chainId'), from }
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
