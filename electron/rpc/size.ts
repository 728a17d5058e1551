/** Most bytes one UTF-16 unit of a string can become in JSON: `\u0000`. */
const WORST_UNIT = 6
/** Deeper values are nobody's honest input, and JSON.stringify itself gives up on very deep ones. */
const MAX_DEPTH = 200

/**
 * Bytes that `value` takes as JSON: never too low, and cheap, because strings are not looked into
 * and so count up to six times their size. Infinity for what is surely above `limit`, nested
 * deeper than 200, cyclic, or binary.
 */
export function jsonBytesAtMost(value: unknown, limit: number): number {
  const tally = { most: 0, least: 0, limit }
  walk(value, tally, 0)
  return tally.most
}

/**
 * Whether `value` takes more than `limit` bytes as JSON. The text is only made when the cheap
 * bound leaves it open.
 */
export function exceedsJsonBytes(value: unknown, limit: number): boolean {
  const most = jsonBytesAtMost(value, limit)
  if (most <= limit) return false
  if (most === Infinity) return true
  const text = JSON.stringify(value)
  return text.length > limit || utf8Bytes(text) > limit
}

/** `least` ends the walk early: shared structure can make a small value endless. */
function walk(value: unknown, tally: { most: number; least: number; limit: number }, depth: number): void {
  if (typeof value === 'string') {
    tally.most += value.length * WORST_UNIT + 2
    tally.least += value.length + 2
  } else if (typeof value === 'object' && value !== null) {
    tally.most += 2
    tally.least += 2
    if (depth > MAX_DEPTH || ArrayBuffer.isView(value)) tally.most = Infinity
    else if (Array.isArray(value))
      for (const item of value) {
        if (tally.most === Infinity) return
        tally.most += 1
        walk(item, tally, depth + 1)
      }
    else
      for (const key of Object.keys(value)) {
        if (tally.most === Infinity) return
        tally.most += key.length * WORST_UNIT + 4
        tally.least += key.length + 3
        walk((value as Record<string, unknown>)[key], tally, depth + 1)
      }
  } else {
    tally.most += 24
    tally.least += 1
  }
  if (tally.least > tally.limit) tally.most = Infinity
}

function utf8Bytes(text: string): number {
  let sum = 0
  for (let i = 0; i < text.length; i += 1) {
    const unit = text.charCodeAt(i)
    // A surrogate is one half of a character of four bytes.
    sum += unit < 0x80 ? 1 : unit < 0x800 || (unit >= 0xd800 && unit <= 0xdfff) ? 2 : 3
  }
  return sum
}
