import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ConfigFile } from '../../../electron/helper/file'
import { thisProcess } from '../../../electron/helper/lock'
import { isLeftOn, settleRecording } from '../../../electron/helper/record-back'
import { markName, readMark, removeMark, writeMark, type Mark } from '../../../electron/helper/record-mark'
import { forAMoment } from '../../../electron/helper/record-moment'

const PLAIN = '{"labels": ["of=me"]}\n'
const OURS = '{"debug": true, "labels": ["of=me"]}\n'

describe('daemon.json while dockerd reads a text of ours', () => {
  let dir: string
  let path: string
  let file: ConfigFile
  /** Of a dockerd that is gone, held by a process that is too. */
  const mark: Mark = {
    holder: { ...thisProcess(), startTicks: '1' },
    daemon: { pid: 2 ** 22 + 1, startTicks: '1' },
    socketPath: '/nowhere.sock',
    runs: Buffer.from(PLAIN).toString('base64'),
  }
  beforeEach(async () => {
    dir = mkdtempSync(join(tmpdir(), 'porthole-moment-'))
    path = join(dir, 'daemon.json')
    writeFileSync(path, PLAIN)
    file = await ConfigFile.open(path, { create: true })
  })
  afterEach(async () => {
    await file.close()
    rmSync(dir, { recursive: true })
  })

  const text = (): string => readFileSync(path, 'utf8')

  /** `meanwhile` happens while dockerd reads. */
  async function moment(meanwhile: () => void): Promise<void> {
    const was = await file.read()
    await forAMoment(file, mark, { was, text: OURS }, () => {
      expect(text()).toBe(OURS)
      meanwhile()
      return Promise.resolve({ said: [], evidence: {} })
    })
  }

  it('holds it for that moment alone', async () => {
    await moment(() => undefined)
    expect(text()).toBe(PLAIN)
    expect(readdirSync(dir).sort()).toEqual(['daemon.json', markName(file)])
  })

  it('is put back when reading it throws', async () => {
    const was = await file.read()
    const failed = forAMoment(file, mark, { was, text: OURS }, () => Promise.reject(new Error('no')))
    await expect(failed).rejects.toThrow('no')
    expect(text()).toBe(PLAIN)
  })

  it('is gone again where there was none', async () => {
    rmSync(path)
    await moment(() => undefined)
    expect(readdirSync(dir)).toEqual([markName(file)])
  })

  it.each([
    ['their own text', '{"mtu": 1400}\n', '{"mtu": 1400}\n'],
    ['ours with theirs in it', OURS.replace('me', 'them'), '{"labels": ["of=them"]}\n'],
    ['what is no JSON', '{"debug": true,', '{"debug": true,'],
  ])('stays somebody else’s who writes %s meanwhile, but for debug', async (_, theirs, left) => {
    await moment(() => writeFileSync(path, theirs))
    expect(text()).toBe(left)
  })

  it('is put in order later when everybody was killed in that moment', async () => {
    const was = await file.read()
    writeFileSync(path, OURS)
    const wrote = Buffer.from(OURS).toString('base64')
    await writeMark(file, { ...mark, moment: { wrote, back: was.bytes.toString('base64') } }, was)
    expect(await isLeftOn(file)).toBe(true)
    await settleRecording(file)
    expect(text()).toBe(PLAIN)
    expect(readdirSync(dir)).toEqual(['daemon.json'])
  })

  it('is left alone while the one who holds it lives, and by a mark that is none', async () => {
    await writeMark(file, { ...mark, holder: thisProcess() }, await file.read())
    expect(await isLeftOn(file)).toBe(false)
    await removeMark(file)
    for (const bad of ['', '[]', '{"holder": 1}', JSON.stringify({ ...mark, runs: 5 })]) {
      writeFileSync(join(dir, markName(file)), bad)
      expect(await readMark(file)).toBeUndefined()
      await settleRecording(file)
      expect(text()).toBe(PLAIN)
    }
  })
})
