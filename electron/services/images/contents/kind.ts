import type { OutputOf } from '../../../contract/contract'

type File = OutputOf<'image.file'>
export type Kind = Pick<File, 'kind' | 'mediaType'>

/** First bytes of the kinds of pictures that a browser shows, none of which can hold a script. */
const PICTURES: readonly [NonNullable<File['mediaType']>, (head: Buffer) => boolean][] = [
  ['image/png', (head) => head.toString('latin1', 0, 8) === '\x89PNG\r\n\x1a\n'],
  ['image/jpeg', (head) => head.toString('hex', 0, 3) === 'ffd8ff'],
  ['image/gif', (head) => /^GIF8[79]a/.test(head.toString('latin1', 0, 6))],
  [
    'image/webp',
    (head) => head.toString('latin1', 0, 4) === 'RIFF' && head.toString('latin1', 8, 12) === 'WEBP',
  ],
  [
    'image/bmp',
    (head) =>
      head.toString('latin1', 0, 2) === 'BM' &&
      head.length >= 18 &&
      [12, 40, 52, 56, 64, 108, 124].includes(head.readUInt32LE(14)),
  ],
  ['image/x-icon', (head) => head.length >= 6 && head.toString('hex', 0, 4) === '00000100' && head[4] !== 0],
]

/** What a file is, by its first piece and its name; `cut` where more follows. */
export function kindOf(name: string, piece: Buffer, cut: boolean): Kind {
  if (piece.length === 0) return { kind: 'empty' }
  const picture = PICTURES.find(([, matches]) => matches(piece))
  if (picture !== undefined) return { kind: 'image', mediaType: picture[0] }
  if (!isText(piece, cut)) return { kind: 'binary' }
  return { kind: isJson(name, piece, cut) ? 'json' : 'text' }
}

/** UTF-8 without the control characters that no text has. */
function isText(piece: Buffer, cut: boolean): boolean {
  // eslint-disable-next-line no-control-regex -- these are what is looked for
  if (/[\x00-\x06\x0e-\x1a\x1c-\x1f\x7f]/.test(piece.toString('latin1'))) return false
  const text = piece.toString('utf8')
  const broken = text.indexOf('\ufffd')
  // The last character may be cut in its middle.
  if (broken < 0 || (cut && broken >= text.length - 3)) return true
  return piece.includes('\ufffd') && Buffer.from(text, 'utf8').equals(piece)
}

function isJson(name: string, piece: Buffer, cut: boolean): boolean {
  const text = piece.toString('utf8')
  if (!/^\ufeff?\s*[[{]/.test(text)) return false
  if (cut) return /\.json$/i.test(name)
  try {
    JSON.parse(text.replace(/^\ufeff/, ''))
    return true
  } catch {
    return false
  }
}
