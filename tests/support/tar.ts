import { gzipSync } from 'node:zlib'

const BLOCK = 512

/** One entry of an archive to be made. Fields are written as they are, sound or not. */
export interface TarMember {
  name: string | Buffer
  flag?: string
  mode?: number
  uid?: number
  gid?: number
  mtime?: number
  link?: string
  body?: Buffer
  /** Told by the header instead of the body's length. */
  size?: number
}

/** A header block of the ustar format. */
export function header(member: TarMember): Buffer {
  const { name, flag = '0', mode = 0o644, uid = 0, gid = 0, mtime = 0, link = '', body } = member
  const block = Buffer.alloc(BLOCK)
  const octal = (value: number, at: number, length: number): void => {
    block.write(value.toString(8).padStart(length - 1, '0'), at, 'latin1')
  }
  Buffer.from(name).copy(block, 0, 0, 100)
  octal(mode, 100, 8)
  octal(uid, 108, 8)
  octal(gid, 116, 8)
  octal(member.size ?? body?.length ?? 0, 124, 12)
  octal(mtime, 136, 12)
  block.write(flag, 156, 'latin1')
  block.write(link, 157, 100, 'latin1')
  block.write('ustar\0' + '00', 257, 'latin1')
  sign(block)
  return block
}

/** Writes the checksum of a header that was changed. */
export function sign(block: Buffer): void {
  block.fill(' ', 148, 156)
  const sum = block.reduce((total, byte) => total + byte, 0)
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1')
}

export function padded(body: Buffer): Buffer {
  return Buffer.concat([body, Buffer.alloc((BLOCK - (body.length % BLOCK)) % BLOCK)])
}

/** A pax header with these records. */
export function pax(records: Record<string, string | Buffer>): Buffer {
  const body = Buffer.concat(
    Object.entries(records).map(([key, value]) => {
      const rest = Buffer.concat([Buffer.from(` ${key}=`), Buffer.from(value), Buffer.from('\n')])
      let length = rest.length
      while (String(length).length + rest.length !== length) length = String(length).length + rest.length
      return Buffer.concat([Buffer.from(String(length)), rest])
    }),
  )
  return Buffer.concat([header({ name: 'pax', flag: 'x', body }), padded(body)])
}

/** An archive of members and of raw parts between them. */
export function tar(...members: (TarMember | Buffer)[]): Buffer {
  return Buffer.concat([
    ...members.flatMap((member) =>
      Buffer.isBuffer(member) ? [member] : [header(member), padded(member.body ?? Buffer.alloc(0))],
    ),
    Buffer.alloc(2 * BLOCK),
  ])
}

/** The record that dockerd would keep of these members: raw bytes and contents by turns. */
export function tarSplit(...members: (TarMember | Buffer)[]): Buffer {
  const lines: object[] = []
  const raw = (bytes: Buffer): void => {
    if (bytes.length > 0) lines.push({ type: 2, payload: bytes.toString('base64'), position: lines.length })
  }
  for (const member of members) {
    if (Buffer.isBuffer(member)) {
      raw(member)
      continue
    }
    raw(header(member))
    const length = member.body?.length ?? 0
    lines.push({ type: 1, name: String(member.name), size: length, payload: 'AAAAAAAAAAA=' })
    raw(Buffer.alloc((BLOCK - (length % BLOCK)) % BLOCK))
  }
  raw(Buffer.alloc(2 * BLOCK))
  return Buffer.from(lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
}

export function packed(bytes: Buffer): Buffer {
  return gzipSync(bytes)
}
