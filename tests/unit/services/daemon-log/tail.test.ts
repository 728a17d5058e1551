import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { FileTail } from '../../../../electron/services/daemon-log/tail'
import { until } from '../../../support/until'

let dir: string
let file: string

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'porthole-tail-'))
  file = join(dir, 'docker.log')
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
})

function follow(path = file, lines = 100) {
  const seen: string[] = []
  const history: string[] = []
  const states: string[] = []
  let caughtUp = 0
  const tail = new FileTail(path, { lines, pollMs: 20 })
  const start = () =>
    tail.start({
      lines: (fed, old) => {
        seen.push(...fed.map(({ text }) => text))
        if (old) history.push(...fed.map(({ text }) => text))
      },
      caughtUp: () => (caughtUp += 1),
      state: (state) => {
        if (states.at(-1) !== state) states.push(state)
      },
    })
  start()
  onTestFinished(() => tail.stop())
  return {
    tail,
    seen,
    history,
    states,
    start,
    ready: (times = 1) => until('the beginning to be read', () => caughtUp === times),
    sees: async (...expected: string[]) => {
      await until(`${expected.length} lines`, () => seen.length >= expected.length)
      expect(seen).toEqual(expected)
    },
  }
}
const numbered = (from: number, to: number, pad = '') =>
  Array.from({ length: to - from + 1 }, (_, index) => `line ${from + index}${pad}`)
const text = (lines: string[]) => lines.map((line) => `${line}\n`).join('')

describe('the beginning', () => {
  it('is the last lines, whatever the size of the file', async () => {
    const lines = numbered(1, 20_000, ` ${'x'.repeat(60)}`)
    writeFileSync(file, text(lines))
    const log = follow(file, 5_000)
    await log.ready()
    expect(log.seen).toEqual(lines.slice(-5_000))
    expect(log.history).toEqual(log.seen)
  })

  it.each([
    ['an empty file', '', []],
    ['fewer lines than asked for', 'a\nb\n', ['a', 'b']],
    ['empty lines', '\n\n\na\n', ['', '', '', 'a']],
    ['one line longer than a block', `a\n${'x'.repeat(600_000)}\nb\n`, undefined],
  ])('%s', async (_name, content, expected) => {
    writeFileSync(file, content)
    const log = follow(file, 5)
    await log.ready()
    if (expected) expect(log.seen).toEqual(expected)
    else expect(log.seen.map((line) => line.length < 300_000)).toEqual([true, true, true])
    appendFileSync(file, 'next\n')
    await until('the next line', () => log.seen.at(-1) === 'next')
    expect(log.history).not.toContain('next')
  })

  it('is told although there is no file, and the file is read whole when it comes', async () => {
    const log = follow(join(dir, 'later', 'docker.log'))
    await log.ready()
    expect(log.states).toEqual(['waiting'])
    mkdirSync(join(dir, 'later'))
    writeFileSync(join(dir, 'later', 'docker.log'), 'first\nsecond\n')
    await log.sees('first', 'second')
    await until('it to be live', () => log.states.at(-1) === 'live')
  })
})

describe('following', () => {
  it('waits for the end of a line', async () => {
    writeFileSync(file, 'a\nhalf')
    const log = follow()
    await log.ready()
    expect(log.seen).toEqual(['a'])
    appendFileSync(file, ' and whole\nb\n')
    await log.sees('a', 'half and whole', 'b')
  })

  it('goes on in the new file after rotation by rename, and loses nothing written to the old one', async () => {
    writeFileSync(file, 'a\n')
    const log = follow()
    await log.sees('a')
    renameSync(file, `${file}.1`)
    await until('the file to be missed', () => log.states.at(-1) === 'waiting')
    // dockerd still has the old file open.
    appendFileSync(`${file}.1`, 'b\nc')
    await log.sees('a', 'b')
    writeFileSync(file, 'd\n')
    await log.sees('a', 'b', 'c', 'd')
    await until('it to be live', () => log.states.at(-1) === 'live')
  })

  it('begins anew after truncation', async () => {
    writeFileSync(file, 'a\nb\nc\n')
    const log = follow()
    await log.sees('a', 'b', 'c')
    truncateSync(file)
    appendFileSync(file, 'd\n')
    await log.sees('a', 'b', 'c', 'd')
  })

  it('notices copytruncate although the file is longer than before at the next look', async () => {
    writeFileSync(file, 'a\nb\n')
    const log = follow()
    await log.sees('a', 'b')
    copyFileSync(file, `${file}.1`)
    writeFileSync(file, 'c is longer\nthan a and b\n')
    await log.sees('a', 'b', 'c is longer', 'than a and b')
  })

  it('skips the hole a writer without O_APPEND leaves', async () => {
    writeFileSync(file, 'a\nb\n')
    const log = follow()
    await log.sees('a', 'b')
    writeFileSync(file, Buffer.concat([Buffer.alloc(300_000), Buffer.from('c\n')]))
    await log.sees('a', 'b', 'c')
  })

  it('follows a symbolic link that is turned to another file', async () => {
    writeFileSync(join(dir, 'one'), 'a\n')
    writeFileSync(join(dir, 'two'), 'b\n')
    symlinkSync('one', file)
    const log = follow()
    await log.sees('a')
    symlinkSync('two', `${file}.new`)
    renameSync(`${file}.new`, file)
    await log.sees('a', 'b')
  })

  it('says of a folder that it is none to read', async () => {
    mkdirSync(file)
    const log = follow()
    await log.ready()
    expect(log.states).toEqual(['waiting'])
  })
})

describe('after a stop', () => {
  it('goes on where it was, without gap or repetition', async () => {
    writeFileSync(file, 'a\nhal')
    const log = follow()
    await log.ready()
    await log.tail.stop()
    appendFileSync(file, 'f\nb\n')
    log.start()
    await log.ready(2)
    expect(log.seen).toEqual(['a', 'half', 'b'])
  })

  it('takes the last lines of another file that lies there now', async () => {
    writeFileSync(file, 'a\n')
    const log = follow(file, 2)
    await log.sees('a')
    await log.tail.stop()
    renameSync(file, `${file}.1`)
    writeFileSync(file, 'b\nc\nd\n')
    log.start()
    await log.ready(2)
    expect(log.seen).toEqual(['a', 'c', 'd'])
  })
})
