import { damaged } from '../damaged'

/** Records of a pax header by keyword; values are bytes, an empty one takes a record back. */
export function readPax(body: Buffer): Map<string, Buffer> {
  const records = new Map<string, Buffer>()
  for (let at = 0; at < body.length && body[at] !== 0;) {
    const blank = body.indexOf(0x20, at)
    const digits = blank < 0 ? '' : body.toString('latin1', at, blank)
    const end = at + Number(digits)
    if (!/^[1-9]\d{0,7}$/.test(digits) || end > body.length || body[end - 1] !== 0x0a)
      throw damaged('a pax header is torn')
    const equals = body.indexOf(0x3d, blank)
    if (equals < 0 || equals >= end) throw damaged('a pax header has a record without a value')
    records.set(body.toString('utf8', blank + 1, equals), body.subarray(equals + 1, end - 1))
    at = end
  }
  return records
}

/** A number of a record; undefined where there is none. Throws `image/unreadable`. */
export function paxNumber(records: ReadonlyMap<string, Buffer>, key: string): number | undefined {
  const value = paxBytes(records, key)?.toString('latin1')
  if (value === undefined) return undefined
  if (!/^-?\d{1,16}(\.\d*)?$/.test(value)) throw damaged(`the pax record "${key}" is no number`)
  return Number(value)
}

export function paxBytes(records: ReadonlyMap<string, Buffer>, key: string): Buffer | undefined {
  const value = records.get(key)
  return value === undefined || value.length === 0 ? undefined : value
}
