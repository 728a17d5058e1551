import { describe, expect, it } from 'vitest'
import { NOTES } from '../../../../electron/services/config/change-notes'
import { changesBetween, explicitUndo, needsOf } from '../../../../electron/services/config/changes'
import { effectiveMembers, parseDocument } from '../../../../electron/services/config/document'
import { OPTIONS } from '../../../../electron/services/config/options'
import { changeNote } from '../../../../renderer/src/app/change-note'
import russian from '../../../../renderer/src/locales/ru/change-notes'

const change = (before: object, after: object, version = '28.5.2') =>
  changesBetween(JSON.stringify(before), parseDocument(JSON.stringify(after), version), version)[0]

describe('what a change says', () => {
  it.each([
    [{ labels: ['a=1'] }, {}, 'removed/kept', { instead: [] }],
    [{ 'default-runtime': 'crun' }, {}, 'removed/kept', { instead: 'runc' }],
    [{ 'max-concurrent-downloads': 7 }, {}, 'removed/reset', { detail: { default: '3' } }],
    [{ 'default-cgroupns-mode': 'host' }, {}, 'removed/kept-computed', {}],
    [
      { debug: true, 'log-level': 'warn' },
      { debug: false, 'log-level': 'warn' },
      'debug/level',
      { detail: { level: 'warn' } },
    ],
    [{}, { features: { cdi: true } }, 'features/start', { needs: 'restart', detail: { names: 'cdi' } }],
    [
      {},
      { features: { 'containerd-snapshotter': true } },
      'features/image-store',
      { needs: 'restart', takesEffect: 'hides-data' },
    ],
    [{}, { features: { buildkit: true } }, undefined, { needs: 'reload', takesEffect: 'live' }],
    [{ features: { buildkit: true } }, {}, 'removed/reset', { needs: 'reload' }],
    [
      {},
      { 'log-driver': 'local' },
      'log/new-containers',
      { takesEffect: 'new-containers', needs: 'restart' },
    ],
    [{}, { 'data-root': '/x' }, 'data-root/moves-nothing', { takesEffect: 'hides-data' }],
    [{}, { 'storage-driver': 'vfs' }, 'data/hidden', { takesEffect: 'hides-data' }],
    [{}, { 'authorization-plugins': ['a'] }, 'plugins/first', { takesEffect: 'dangerous', needs: 'reload' }],
    [{}, { hosts: ['unix:///x'] }, 'hosts/socket', {}],
    [{}, { hosts: ['fd://'] }, undefined, {}],
    [{}, { 'live-restore': true }, 'live-restore/swarm', { takesEffect: 'live' }],
    [{ mtu: 1400 }, {}, undefined, { needs: 'restart' }],
  ])('%j → %j', (before, after, noteCode, more) => {
    const said = change(before, after)
    expect(said?.noteCode).toBe(noteCode)
    expect(said?.note === undefined).toBe(noteCode === undefined)
    expect(said?.note ?? '').not.toMatch(/[{]\w+[}]|undefined/)
    expect(said).toMatchObject(more)
    if (said !== undefined && noteCode !== undefined)
      expect(changeNote(said, russian)).toMatch(/\p{Script=Cyrillic}/u)
  })

  it.each(['20.10.24', '28.5.2', '29.7.2'])(
    'knows what to write instead of each kept key (%s)',
    (version) => {
      const before = new Map(OPTIONS.map(({ key }) => [key, { value: 0 }]))
      const undo = explicitUndo(before, new Map(), version)
      const kept = OPTIONS.filter(
        ({ live, since, key }) =>
          live === 'kept' && (since !== '29.7' || version === '29.7.2') && key !== 'default-cgroupns-mode',
      )
      expect([...undo.keys()].sort()).toEqual(kept.map(({ key }) => key).sort())
    },
  )

  it('leaves out what is still there', () => {
    const members = (text: string) => effectiveMembers(parseDocument(text, '28.5.2'))
    expect(explicitUndo(members('{"debug": true}'), members('{"debug": false}'), '28.5.2').size).toBe(0)
  })

  it('needs the most that one of them needs', () => {
    const all = (after: string) => needsOf(changesBetween('{}', parseDocument(after, '28.5.2'), '28.5.2'))
    expect([all('{}'), all('{"debug": true}'), all('{"debug": true, "mtu": 1400}')]).toEqual([
      'nothing',
      'reload',
      'restart',
    ])
  })

  it('has every note in Russian, with the same values', () => {
    const values = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(([name]) => name).sort()
    expect(Object.keys(russian).sort()).toEqual(Object.keys(NOTES).sort())
    for (const [code, text] of Object.entries(NOTES))
      expect(values(russian[code] ?? '')).toEqual(values(text))
  })
})
