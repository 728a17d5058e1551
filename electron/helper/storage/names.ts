/**
 * Names of files as bytes and as text. Linux allows any byte but `/` and 0 in a name; JSON allows
 * text only. In paths that are asked with, a byte that is not UTF-8 stands as `\xNN` and a backslash
 * as `\x5c`, so that every name has one spelling and is found again by it.
 */

/** A path or name to ask with. */
export function asked(bytes: Buffer): string {
  return shown(bytes, '\\x5c')
}

/** A path or name to show: a backslash is left as it is. */
export function shown(bytes: Buffer, backslash = '\\'): string {
  const text = bytes.toString('utf8')
  if (!text.includes('\ufffd')) return text.replaceAll('\\', backslash)
  let out = ''
  for (let at = 0; at < bytes.length;) {
    const length = characterLength(bytes, at)
    if (length === 0) out += `\\x${(bytes[at] ?? 0).toString(16).padStart(2, '0')}`
    else out += bytes.toString('utf8', at, at + length).replace('\\', backslash)
    at += Math.max(length, 1)
  }
  return out
}

/** The bytes of what {@link asked} spelled. A backslash before anything else stands for itself. */
export function bytesOf(path: string): Buffer {
  const parts = path.split(/\\x([0-9a-f]{2})/i)
  return Buffer.concat(
    parts.map((part, index) => (index % 2 === 1 ? Buffer.from(part, 'hex') : Buffer.from(part, 'utf8'))),
  )
}

/** Bytes of the UTF-8 character that begins at `at`; 0 where none does. */
function characterLength(bytes: Buffer, at: number): number {
  const first = bytes[at] ?? 0
  const length = first < 0x80 ? 1 : first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc2 ? 2 : 0
  if (length === 0 || at + length > bytes.length) return 0
  return bytes.toString('utf8', at, at + length).includes('\ufffd') && !isReplacement(bytes, at) ? 0 : length
}

/** U+FFFD may stand in a name itself. */
function isReplacement(bytes: Buffer, at: number): boolean {
  return bytes[at] === 0xef && bytes[at + 1] === 0xbf && bytes[at + 2] === 0xbd
}
