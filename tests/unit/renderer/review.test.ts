import { describe, expect, it } from 'vitest'
import {
  actWords,
  interrupts,
  presetWay,
  waysToActivate,
  waysToApply,
} from '../../../renderer/src/app/config-apply/choices'
import type { Change } from '../../../renderer/src/app/config-apply/config'
import { endOfApply, endOfEntry, endOfLifecycle } from '../../../renderer/src/app/config-apply/ended'
import { editorPlace } from '../../../renderer/src/app/config-apply/way-to-editor'
import { i18n, speak, withTexts } from '../../../renderer/src/app/i18n'
import { commandByHand } from '../../../renderer/src/app/recovery/by-hand'
import { excerpt } from '../../../renderer/src/app/recovery/excerpt'
import { stateWords } from '../../../renderer/src/app/recovery/state-words'
import { restorable, type Entry } from '../../../renderer/src/features/configuration/history/entry'
import { rowsBetween, rowsOfPatch } from '../../../renderer/src/ui/diff-rows'

const change = (key: string, needs: Change['needs']): Change => ({ key, takesEffect: 'live', needs })
const up = { connected: true, controls: true }

describe('how a change takes effect', () => {
  it('is preset by what the changes need', () => {
    expect(presetWay({ ...up, needs: 'nothing' }, [])).toBe('none')
    expect(presetWay({ ...up, needs: 'reload' }, [])).toBe('reload')
    expect(presetWay({ ...up, needs: 'restart' }, [])).toBe('restart')
  })

  it('falls back to what can be had where nobody can restart dockerd', () => {
    const ground = { connected: true, controls: false, needs: 'restart' } as const
    expect(presetWay(ground, [change('debug', 'reload'), change('ipv6', 'restart')])).toBe('reload')
    expect(presetWay(ground, [change('ipv6', 'restart')])).toBe('none')
    expect(waysToApply(ground)).toEqual(['reload', 'none'])
    expect(waysToActivate(false)).toEqual(['reload'])
  })

  it('is a start where dockerd is down', () => {
    const ground = { connected: false, controls: true, needs: 'nothing' } as const
    expect(waysToApply(ground)).toEqual(['restart', 'none'])
    expect(presetWay(ground, [])).toBe('restart')
    expect(presetWay({ ...ground, controls: false }, [])).toBe('none')
  })

  it('interrupts where containers stop, or where nobody knows', () => {
    expect(interrupts('restart', true, { stops: ['web'], keeps: [] })).toBe(true)
    expect(interrupts('restart', true, undefined)).toBe(true)
    expect(interrupts('stop', true, { stops: ['web'], keeps: [] })).toBe(true)
    expect(interrupts('restart', true, { stops: [], keeps: ['web'] })).toBe(false)
    expect(interrupts('restart', false, undefined)).toBe(false)
    expect(interrupts('reload', true, { stops: ['web'], keeps: [] })).toBe(false)
  })

  it('stands on the button in words', async () => {
    await speak('en')
    await withTexts('review', () => Promise.resolve())
    const { t } = i18n.global
    const say = (key: string, count?: number) => (count === undefined ? t(key) : t(key, { n: count }, count))
    const seven = Array.from({ length: 7 }, (_, n) => `web-${n}`)
    expect(actWords(say, 'restart', true, { stops: seven, keeps: ['a', 'b', 'c'] })).toBe(
      'Restart: 7 containers stop, 3 keep running',
    )
    expect(actWords(say, 'restart', true, { stops: ['web'], keeps: [] })).toBe('Restart: 1 container stops')
    expect(actWords(say, 'restart', true, { stops: [], keeps: [] })).toBe('Restart: no container is running')
    expect(actWords(say, 'restart', true, undefined)).toBe('Restart dockerd')
    expect(actWords(say, 'restart', false, undefined)).toBe('Start dockerd')
    expect(actWords(say, 'reload', true, undefined)).toBe('Reload, no interruption')
    expect(actWords(say, 'none', true, undefined)).toBe('Save only')
    await speak('ru')
    expect(actWords(say, 'restart', true, { stops: seven, keeps: ['a', 'b', 'c'] })).toBe(
      'Перезапустить: 7 контейнеров остановятся, 3 продолжат работать',
    )
  })
})

describe('an end', () => {
  const problem = { severity: 'error', message: '', source: 'apply' } as const
  const evidence = { log: [] }

  it('by a closed password dialog is no error of the text', () => {
    const problems = [{ ...problem, code: 'helper/dismissed' }]
    const rejected = { outcome: 'rejected', evidence, problems, steps: [], hash: '' } as const
    expect(endOfApply({ ...rejected, problems, steps: [] })).toMatchObject({
      outcome: 'dismissed',
      problems: [],
    })
    const failed = { outcome: 'failed', evidence, problems, steps: [] } as const
    expect(endOfLifecycle({ ...failed, problems, steps: [] }).outcome).toBe('dismissed')
  })

  it('that nobody heard is read from the history, once it is there', () => {
    const entry = {
      id: '1',
      at: '2026-01-01T00:00:00Z',
      kind: 'apply',
      before: 'absent',
      after: 'absent',
      diff: '',
      changes: [],
      problems: [],
      current: true,
      restorable: { before: true, after: true },
    } as const
    const of = (outcome: Entry['outcome']) => endOfEntry({ ...entry, outcome, changes: [], problems: [] })
    expect(of('unfinished')).toBeUndefined()
    expect(of('applied')?.outcome).toBe('applied')
    expect(of('rolled-back')?.outcome).toBe('rolled-back')
  })
})

it('a fault leads to its line in the editor', () => {
  expect(editorPlace({ line: 4, column: 3 })).toEqual({
    name: 'configuration',
    query: { view: 'json', line: '4', column: '3' },
  })
  expect(editorPlace(undefined)).toEqual({ name: 'configuration', query: { view: 'json' } })
})

describe('by hand', () => {
  const systemd = {
    manager: 'systemd',
    unit: 'docker.service',
    socketUnit: 'docker.socket',
    control: 'none',
  } as const

  it('a failed unit is started past its limit, and stopped together with its socket', () => {
    expect(commandByHand(systemd, 'start')).toBe(
      'sudo systemctl reset-failed docker.service && sudo systemctl start docker.service',
    )
    expect(commandByHand(systemd, 'stop')).toBe('sudo systemctl stop docker.socket docker.service')
    expect(commandByHand({ ...systemd, manager: 'systemd-user' }, 'restart')).toBe(
      'systemctl --user restart docker.service',
    )
    expect(commandByHand({ manager: 'sysv', unit: 'docker', control: 'none' }, 'restart')).toBe(
      'sudo service docker restart',
    )
    expect(commandByHand({ manager: 'snap', control: 'none' }, 'start')).toBe('sudo snap start docker')
  })

  it('has nothing to tell of Docker Desktop and of a daemon somebody started', () => {
    expect(commandByHand({ manager: 'desktop', control: 'none' }, 'start')).toBeUndefined()
    expect(commandByHand({ manager: 'process', control: 'none' }, 'start')).toBeUndefined()
  })
})

it('an excerpt shows the line at fault with two around it', () => {
  const text = 'a\nb\nc\nd\ne\nf\n'
  expect(excerpt(text, 4).map(({ number, at }) => `${number}${at ? '!' : ''}`)).toEqual([
    '2',
    '3',
    '4!',
    '5',
    '6',
  ])
  expect(excerpt(text, 1).map(({ number }) => number)).toEqual([1, 2, 3])
  expect(excerpt(text, 7)).toEqual([])
  expect(excerpt(text, 0)).toEqual([])
})

it('the state of a unit is told in words of its own', () => {
  const of = (service: object, state: 'down' | 'failing' | 'broken-file' = 'down') =>
    stateWords({ state, service: { manager: 'systemd', control: 'helper', ...service }, problems: [] })
  expect(of({ activeState: 'failed', result: 'start-limit-hit' })).toBe('given-up')
  expect(of({ activeState: 'failed', result: 'exit-code' })).toBe('failed')
  expect(of({ activeState: 'inactive' })).toBe('stopped')
  expect(of({})).toBe('down')
  expect(of({ activeState: 'activating' }, 'failing')).toBe('failing')
  expect(of({ activeState: 'active' }, 'broken-file')).toBe('broken-file')
})

it('an entry offers the texts that are kept and would change something', () => {
  const entry = {
    before: 'a',
    after: 'b',
    current: false,
    restorable: { before: true, after: true },
  } as Entry
  expect(restorable(entry)).toEqual({ before: true, after: true })
  expect(restorable({ ...entry, current: true })).toEqual({ before: true, after: false })
  expect(restorable({ ...entry, restorable: { before: false, after: true } })).toEqual({
    before: false,
    after: true,
  })
})

it('a unified diff gives the same rows as its two texts', () => {
  const before = '{\n  "a": 1,\n  "b": 2\n}\n'
  const after = '{\n  "a": 1,\n  "b": 3\n}\n'
  const patch = `--- x\n+++ y\n@@ -1,4 +1,4 @@\n {\n   "a": 1,\n-  "b": 2\n+  "b": 3\n }\n\\ No newline at end of file\n`
  expect(rowsOfPatch(patch)).toEqual(rowsBetween(before, after))
  expect(rowsOfPatch('')).toEqual([])
})
