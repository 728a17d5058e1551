import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { applyConfig } from '../../../electron/helper/apply'
import { ConfigFile } from '../../../electron/helper/file'
import { hashOf } from '../../../electron/helper/folder'
import { readHistory } from '../../../electron/helper/history'
import { Journal } from '../../../electron/helper/journal'
import { Lock } from '../../../electron/helper/lock'
import { tidy } from '../../../electron/helper/tidy'

let dir: string
let path: string
let journal: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'porthole-journal-'))
  path = join(dir, 'daemon.json')
  journal = join(dir, 'daemon.json.porthole-history.jsonl')
  writeFileSync(path, '{}\n')
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

const apply = (text: string | null, more: object = {}) =>
  applyConfig({ path, text, baseHash: hashOf(readFileSync(path)), activate: 'none', ...more })
const text = (n: number): string => `{"labels": ["n=${n}"]}\n`
const kept = (read: Awaited<ReturnType<typeof readHistory>>, hash = ''): string =>
  Buffer.from(read.texts[hash] ?? '', 'base64').toString()

async function opened<T>(work: (file: ConfigFile) => Promise<T>): Promise<T> {
  const file = await ConfigFile.open(path, { create: true })
  try {
    return await work(file)
  } finally {
    await file.close()
  }
}

it('tells every apply with both texts, and who asked', async () => {
  await apply(text(1), { user: 'ann' })
  await apply(text(2), { kind: 'restore' })
  const read = await readHistory(path, 10)
  expect(read.entries).toMatchObject([
    { kind: 'apply', outcome: 'applied', user: 'ann', activate: 'none' },
    { kind: 'restore', outcome: 'applied', left: read.hash },
  ])
  expect(kept(read, read.entries[0]?.before)).toBe('{}\n')
  expect(kept(read, read.entries[1]?.after)).toBe(text(2))
  expect((await readHistory(path, 1)).entries).toHaveLength(1)
})

it('notices a hand edit and keeps its text, before and after the next apply', async () => {
  await apply(text(1))
  writeFileSync(path, 'by hand')
  utimesSync(path, 1_700_000_000, 1_700_000_000)
  const seen = await readHistory(path, 10)
  expect(seen.entries.at(-1)).toMatchObject({ kind: 'hand-edit', at: '2023-11-14T22:13:20.000Z' })
  await apply(text(2))
  const read = await readHistory(path, 10)
  expect(read.entries.map(({ kind }) => kind)).toEqual(['apply', 'hand-edit', 'apply'])
  expect(read.entries[1]).toEqual(seen.entries[1])
  expect(kept(read, read.entries[1]?.after)).toBe('by hand')
})

it('writes a hand edit down when it looks, once there is a journal', async () => {
  writeFileSync(path, 'one')
  await tidy(path)
  expect(readdirSync(dir)).toEqual(['daemon.json'])
  await apply(text(1))
  for (const edit of ['two', 'three']) {
    writeFileSync(path, edit)
    await tidy(path)
  }
  rmSync(path)
  await tidy(path)
  const read = await readHistory(path, 10)
  expect(read.entries.map(({ after }) => kept(read, after))).toEqual([text(1), 'two', 'three', ''])
  expect(read.entries.at(-1)).toMatchObject({ kind: 'hand-edit', after: 'absent' })
})

it('removes a file and puts it back', async () => {
  await apply(null)
  expect(readdirSync(dir)).not.toContain('daemon.json')
  expect((await readHistory(path, 1)).entries[0]).toMatchObject({ after: 'absent', outcome: 'applied' })
  await applyConfig({ path, text: '{}\n', baseHash: 'absent', activate: 'none' })
  expect(readFileSync(path, 'utf8')).toBe('{}\n')
})

it('reads on past torn lines, foreign ones and lies', async () => {
  await apply(text(1))
  truncateSync(journal, statSync(journal).size - 20)
  await apply(text(2))
  appendFileSync(
    journal,
    [
      'not json',
      '[]',
      '{"type":"intent"}',
      '{"type":"intent","id":"x","at":"never","kind":"apply","before":"a","after":"b"}',
      '{"type":"outcome","id":"nobody","outcome":"applied","left":"x","problems":[]}',
      `{"type":"text","hash":"${'0'.repeat(64)}","base64":"bGllcw=="}`,
      '{"type":"later","id":"of a newer version"}',
      '{"type":"intent","id":"torn',
    ].join('\n'),
  )
  const read = await readHistory(path, 10)
  expect(read.entries.map(({ outcome }) => outcome)).toEqual(['recovered', 'applied'])
  expect(Object.values(read.texts)).not.toContain('bGllcw==')
  await apply(text(3))
  expect((await readHistory(path, 10)).entries.at(-1)).toMatchObject({ outcome: 'applied' })
})

it('reads thousands of entries, and lets the oldest go in time', { timeout: 60_000 }, async () => {
  const before = hashOf(Buffer.from('{}\n'))
  const lines = Array.from({ length: 4_000 }, (_, n) => {
    const bytes = Buffer.from(`${text(n)}${' '.repeat(2_000)}`)
    const after = hashOf(bytes)
    const at = new Date(1_600_000_000_000 + n * 1_000).toISOString()
    return [
      { type: 'text', hash: after, base64: bytes.toString('base64') },
      { type: 'intent', id: `n${n}`, at, kind: 'apply', before, after },
      { type: 'outcome', id: `n${n}`, outcome: 'applied', left: before, problems: [] },
    ]
      .map((line) => `${JSON.stringify(line)}\n`)
      .join('')
  })
  writeFileSync(journal, lines.join(''), { mode: 0o640 })
  expect(statSync(journal).size).toBeGreaterThan(8 * 1024 * 1024)
  const read = await readHistory(path, 500)
  expect(read.entries).toHaveLength(500)
  expect(read.entries.at(-1)?.id).toBe('n3999')
  await apply(text(1))
  expect(statSync(journal).size).toBeLessThan(4 * 1024 * 1024)
  expect(statSync(journal).mode & 0o777).toBe(0o640)
  const after = await readHistory(path, 1_000)
  expect(after.entries).toHaveLength(500)
  expect(after.entries.at(-1)).toMatchObject({ outcome: 'applied', left: after.hash })
})

it('shows nobody what the file itself does not show', async () => {
  chmodSync(path, 0o600)
  await apply(text(1))
  expect(statSync(journal).mode & 0o777).toBe(0o600)
  // What was secret once stays so.
  chmodSync(path, 0o644)
  await apply(text(2))
  expect(statSync(journal).mode & 0o777).toBe(0o600)
  rmSync(journal)
  await apply(text(3))
  expect(statSync(journal).mode & 0o777).toBe(0o644)
  chmodSync(path, 0o600)
  await apply(text(4))
  expect(statSync(journal).mode & 0o777).toBe(0o600)
})

it('tells the backups of the time before, and takes no other file for one', async () => {
  writeFileSync(join(dir, 'daemon.json.porthole-20260101T000000Z'), 'first')
  writeFileSync(join(dir, 'daemon.json.porthole-20260102T000000Z'), 'second')
  writeFileSync(join(dir, 'daemon.json.porthole-20260103T000000Z'), 'second')
  writeFileSync(join(dir, 'daemon.json.porthole-notes'), 'mine')
  writeFileSync(join(dir, 'daemon.json.bak'), 'mine')
  mkdirSync(join(dir, 'daemon.json.porthole-20260104T000000Z'))
  symlinkSync('/etc/shadow', join(dir, 'daemon.json.porthole-20260105T000000Z'))
  const read = await readHistory(path, 10)
  expect(read.entries.map(({ id, at }) => [id, at])).toEqual([
    ['daemon.json.porthole-20260101T000000Z', '2026-01-01T00:00:00.000Z'],
    ['daemon.json.porthole-20260103T000000Z', '2026-01-03T00:00:00.000Z'],
  ])
  expect(kept(read, read.entries[0]?.before)).toBe('first')
  await apply(text(1))
  const both = await readHistory(path, 10)
  expect(both.entries).toHaveLength(3)
  expect(kept(both, both.entries[1]?.after)).toBe('{}\n')
})

it('changes nothing where no journal can be written', async () => {
  symlinkSync('/dev/null', journal)
  await expect(apply(text(1))).rejects.toMatchObject({ code: 'config/symlink' })
  expect(readFileSync(path, 'utf8')).toBe('{}\n')
  rmSync(journal)
  mkdirSync(journal)
  await expect(apply(text(1))).rejects.toMatchObject({ code: 'config/not-writable' })
  expect(readdirSync(dir).sort()).toEqual(['daemon.json', 'daemon.json.porthole-history.jsonl'])
})

it('ends an intent that was cut short, and clears away what was left', async () => {
  await opened(async (file) => {
    const before = await file.read()
    const log = await Journal.open(file)
    const bytes = Buffer.from(text(1))
    await log.intend({ kind: 'apply', activate: 'none' }, before, { bytes, hash: hashOf(bytes) })
    await file.replace(bytes, before, before.hash)
  })
  writeFileSync(join(dir, '.daemon.json.porthole-0123456789ab'), 'half')
  writeFileSync(join(dir, '.daemon.json.porthole-0123456789ab-old'), 'old')
  writeFileSync(join(dir, '.daemon.json.swp'), 'an editor’s')
  expect((await readHistory(path, 1)).entries).toMatchObject([{ outcome: 'unfinished' }])
  await tidy(path)
  expect(readdirSync(dir).sort()).toEqual([
    '.daemon.json.swp',
    'daemon.json',
    'daemon.json.porthole-history.jsonl',
  ])
  expect((await readHistory(path, 1)).entries).toMatchObject([
    { outcome: 'recovered', left: hashOf(Buffer.from(text(1))) },
  ])
})

it('is held by one living process', async () => {
  const name = 'daemon.json.porthole-lock'
  await opened(async (file) => {
    const lock = await Lock.take(file.folder, name)
    await expect(Lock.take(file.folder, name)).rejects.toMatchObject({ code: 'config/busy' })
    await expect(apply(text(1))).rejects.toMatchObject({ code: 'config/busy' })
    // Whoever only looks does not wait, and does not disturb.
    await tidy(path)
    await lock.release()
    await (await Lock.take(file.folder, name)).release()
  })
  expect(readdirSync(dir)).toEqual(['daemon.json'])
})

it.each([
  ['a dead process', JSON.stringify({ pid: 2 ** 22 - 1, startTicks: '1', boot: 'x' })],
  ['a pid that another process has now', JSON.stringify({ pid: process.pid, startTicks: '1', boot: 'x' })],
  ['nothing that can be read', ''],
])('is taken from %s, by one of many', async (_name, content) => {
  const name = 'daemon.json.porthole-lock'
  await opened(async (file) => {
    writeFileSync(join(dir, name), content)
    writeFileSync(join(dir, `${name}.stale`), content)
    const taken = await Promise.allSettled(Array.from({ length: 8 }, () => Lock.take(file.folder, name)))
    expect(taken.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    for (const each of taken) if (each.status === 'fulfilled') await each.value.release()
  })
  expect(readdirSync(dir)).toEqual(['daemon.json'])
})
