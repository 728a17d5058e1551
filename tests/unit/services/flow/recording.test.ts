import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  listFiles,
  makeFile,
  MOST_RECORDINGS,
  readPiece,
  recordingsFolder,
  removeFile,
} from '../../../../electron/services/flow/record/folder'
import {
  asLine,
  MAX_LINE,
  readLines,
  type RecordingEntry,
  type RecordingHead,
} from '../../../../electron/services/flow/record/format'
import { RecordingWriter } from '../../../../electron/services/flow/record/writer'

const HEAD: RecordingHead = {
  porthole: 'recording',
  version: 1,
  startedAt: '2026-01-31T12:00:00.000Z',
  forMs: 60_000,
  endpoint: 'unix:///run/docker.sock',
  debug: 'switched',
}

const line = (message: string): RecordingEntry => ({
  t: 'line',
  line: { time: HEAD.startedAt, level: 'info', message, fields: {}, source: 'file' },
})
const event = (action: string, attributes: Record<string, string>): RecordingEntry => ({
  t: 'event',
  event: {
    type: 'container',
    action,
    actor: { id: 'c1', attributes },
    time: HEAD.startedAt,
    timeNano: '1',
    healthCheck: false,
  },
})
const counts = { requests: 0, events: 0, lines: 1, processes: 0 }
const END: RecordingEntry = { t: 'end', at: HEAD.startedAt, why: 'time', counts }

describe('the file of a recording', () => {
  let folder: string
  beforeEach(() => {
    folder = join(mkdtempSync(join(tmpdir(), 'porthole-recordings-')), 'below')
  })
  afterEach(() => rmSync(join(folder, '..'), { recursive: true, force: true }))

  async function write(
    entries: readonly RecordingEntry[],
    limit?: number,
  ): Promise<{ id: string; text: string }> {
    const { id, handle } = await makeFile(folder, new Date('2026-01-31T12:00:00Z'))
    const writer = new RecordingWriter(handle, () => undefined, limit)
    writer.begin(HEAD)
    for (const entry of entries) writer.add(entry, entry.t === 'end')
    await writer.close()
    return { id, text: readFileSync(join(folder, `${id}.jsonl`), 'utf8') }
  }

  it('is read as it was written', async () => {
    const { id } = await write([line('one'), line('two'), END])
    expect(await readPiece(folder, id, 0)).toEqual({
      head: HEAD,
      entries: [line('one'), line('two'), END],
      skipped: 0,
    })
    expect(await listFiles(folder)).toMatchObject([{ id, complete: true, counts }])
    expect(await removeFile(folder, id)).toBe(true)
    expect(await removeFile(folder, id)).toBe(false)
  })

  it('holds no secret of an event', async () => {
    const { text } = await write([
      event('exec_create: sh -c curl https://me:hidden1@host/?x', {
        'com.example/api-token': 'hidden2',
        command: 'PASSWORD=hidden3 run',
        image: 'nginx',
      }),
    ])
    expect(text).not.toMatch(/hidden/)
    expect(text).toContain('nginx')
  })

  it('is opened as far as it goes when it was torn', async () => {
    const { id, text } = await write([line('one'), line('two'), END])
    writeFileSync(join(folder, `${id}.jsonl`), text.slice(0, text.indexOf('two')))
    expect(await readPiece(folder, id, 0)).toEqual({ head: HEAD, entries: [line('one')], skipped: 1 })
    expect(await listFiles(folder)).toMatchObject([{ id, complete: false }])
  })

  it('is read piece by piece, each line once', async () => {
    const many = Array.from({ length: 4_000 }, (_, n) => line(`${n} `.padEnd(200, 'ж')))
    const { id } = await write(many)
    const read: RecordingEntry[] = []
    for (let from: number | undefined = 0; from !== undefined;) {
      const part: Awaited<ReturnType<typeof readPiece>> = await readPiece(folder, id, from)
      expect(part.skipped).toBe(0)
      read.push(...part.entries)
      from = part.next
    }
    expect(read).toEqual(many)
  })

  it('grows no larger than its size, and keeps room for its end', async () => {
    const { id, handle } = await makeFile(folder, new Date())
    const limit = 600 * 1024
    const writer = new RecordingWriter(handle, () => undefined, limit)
    writer.begin(HEAD)
    let room = true
    for (let n = 0; room; n += 1) room = writer.add(line('x'.repeat(1_000)))
    expect(writer.add(END, true)).toBe(true)
    await writer.close()
    expect(writer.bytes).toBeLessThan(limit)
    expect(await listFiles(folder)).toMatchObject([{ id, complete: true }])
  })

  it('is no link, and nothing that only looks like one', async () => {
    mkdirSync(folder)
    const id = '20260131T120000Z-00ff'
    symlinkSync('/etc/hostname', join(folder, `${id}.jsonl`))
    mkdirSync(join(folder, '20260131T120000Z-00fe.jsonl'))
    writeFileSync(join(folder, '20260131T120000Z-00fd.jsonl'), '{"version":1}\n')
    writeFileSync(join(folder, 'notes.txt'), 'mine')
    await expect(readPiece(folder, id, 0)).rejects.toMatchObject({ code: 'recording/unreadable' })
    await expect(readPiece(folder, '20260131T120000Z-0000', 0)).rejects.toMatchObject({
      code: 'recording/not-found',
    })
    expect(await listFiles(folder)).toEqual([])
  })

  it('is not made beyond how many are kept', async () => {
    mkdirSync(folder)
    for (let n = 0; n < MOST_RECORDINGS; n += 1)
      writeFileSync(join(folder, `20260131T1200${String(n).padStart(2, '0')}Z-0000.jsonl`), '')
    await expect(makeFile(folder, new Date())).rejects.toMatchObject({ code: 'recording/too-many' })
    expect(readdirSync(folder)).toHaveLength(MOST_RECORDINGS)
  })

  it('lies with the user’s data, whatever a relative XDG_DATA_HOME says', () => {
    expect(recordingsFolder({ XDG_DATA_HOME: '/data' })).toBe('/data/porthole/recordings')
    expect(recordingsFolder({ XDG_DATA_HOME: 'data' })).toMatch(
      /^\/.*\/\.local\/share\/porthole\/recordings$/,
    )
  })
})

describe('lines of a recording from elsewhere', () => {
  const unreadable = expect.objectContaining({ code: 'recording/unreadable' }) as Error

  it.each([
    ['nothing', ''],
    ['another file', '{"debug": true}\n'],
    ['no JSON', 'hello\n'],
    ['a bare value', 'null\n'],
    ['a head with wrong members', `${JSON.stringify({ ...HEAD, forMs: 'long' })}\n`],
    ['a head that never ends', `{"porthole":"${'x'.repeat(MAX_LINE)}`],
  ])('are refused when they begin with %s', (_, text) => {
    expect(() => readLines(text, true)).toThrow(unreadable)
  })

  it('of a newer form are told apart', () => {
    expect(() => readLines(JSON.stringify({ ...HEAD, version: 2 }), true)).toThrow(/newer Porthole/)
  })

  it('that are none are counted and left out', () => {
    const bad = [
      '{',
      '[]',
      '{"t":"line"}',
      '{"t":"other"}',
      '{"__proto__":{"t":"line"}}',
      'x'.repeat(MAX_LINE + 1),
    ]
    const { entries, skipped } = readLines(asLine(HEAD) + [asLine(line('good')), ...bad].join('\n'), true)
    expect(entries).toEqual([line('good')])
    expect(skipped).toBe(bad.length)
  })

  it('bring no members along that nobody knows', () => {
    const { entries } = readLines(JSON.stringify({ ...line('x'), more: '<b>' }), false)
    expect(entries).toEqual([line('x')])
  })
})
