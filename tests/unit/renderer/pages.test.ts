import { describe, expect, it } from 'vitest'
import { remedy } from '../../../renderer/src/app/remedy'
import type { EngineLink } from '../../../renderer/src/app/engine'
import { isError, reaches } from '../../../renderer/src/features/daemon-log/levels'
import { knownMessage } from '../../../renderer/src/features/daemon-log/known-messages'
import { COLUMNS, rates } from '../../../renderer/src/features/events/rates'
import type { EventRow } from '../../../renderer/src/features/events/store'
import { findProblems } from '../../../renderer/src/features/overview/problems'

const link = (more: Partial<EngineLink>): EngineLink => ({
  state: 'unreachable',
  endpoint: 'unix:///run/docker.sock',
  source: 'default',
  since: '2026-01-01T00:00:00Z',
  events: 'waiting',
  ...more,
})

describe('problems', () => {
  it('are none when nothing is known to be wrong', () => {
    const none = {
      link: link({ state: 'connected' }),
      warnings: [],
      file: undefined,
      drift: [],
      log: undefined,
    }
    expect(findProblems(none)).toEqual([])
  })

  it('come gravest first, each with where to go', () => {
    const found = findProblems({
      link: link({}),
      warnings: ['WARNING: No swap limit support'],
      file: undefined,
      drift: ['debug'],
      log: { state: 'denied', looked: [] },
    })
    expect(found.map(({ kind, severity, fix }) => [kind, severity, fix])).toEqual([
      ['link', 'error', undefined],
      ['drift', 'warning', 'reload'],
      ['log-denied', 'info', 'daemon-log'],
      ['engine', 'info', undefined],
    ])
    expect(found.at(-1)?.text).toBe('No swap limit support')
  })
})

describe('a remedy', () => {
  it('is a command for a local daemon, as the reader can run it', () => {
    expect(remedy(link({ reason: 'no-socket' }), false)).toBe('sudo systemctl start docker')
    expect(remedy(link({ reason: 'refused' }), true)).toBe('systemctl start docker')
    expect(remedy(link({ reason: 'permission', detail: { group: 'docker', user: 'mara' } }), false)).toBe(
      'sudo usermod -aG docker mara',
    )
    const rootless = link({ reason: 'refused', endpoint: 'unix:///run/user/1000/docker.sock' })
    expect(remedy(rootless, false)).toBe('systemctl --user start docker')
  })

  it('is not offered for a remote daemon or the sandbox’s', () => {
    expect(remedy(link({ reason: 'refused', endpoint: 'tcp://10.0.0.1:2375' }), false)).toBeUndefined()
    expect(remedy(link({ reason: 'stopped', source: 'sandbox' }), false)).toBeUndefined()
  })
})

describe('the daemon log', () => {
  it.each([
    ['Got signal to reload configuration, reloading from: /etc/docker/daemon.json', 'reloadSignal'],
    ['Got signal to reload configuration', 'reloadSignal'],
    ['Reloaded configuration: {"debug":true}', 'reloaded'],
    ['Error reconfiguring the daemon', 'reloadFailed'],
    ['API listen on /run/docker.sock', 'apiListen'],
    ['Calling HEAD /_ping', 'ping'],
    ['Calling GET /v1.41/containers/json', 'request'],
    ['handling POST request', 'request'],
    ['Handler for POST /v1.41/images/create returned error: x', 'handlerError'],
    ['started new containerd process', 'containerdStart'],
    ['connecting to shim 361d', 'shimStart'],
    ['event', 'taskEvent'],
  ])('knows "%s"', (message, name) => {
    expect(knownMessage(message)).toBe(name)
  })

  it('does not pretend to know the rest', () => {
    expect(knownMessage('eventually consistent')).toBeUndefined()
  })

  it('filters by gravity and keeps lines that do not say', () => {
    expect(reaches('debug', 'info')).toBe(false)
    expect(reaches('unknown', 'info')).toBe(true)
    expect(reaches('warning', 'error')).toBe(false)
    expect(isError('fatal')).toBe(true)
  })
})

describe('rates', () => {
  const row = (ms: number, type: string, healthCheck = false): EventRow => ({
    kind: 'event',
    key: ms,
    event: {
      seq: ms,
      type,
      action: 'start',
      actor: { id: 'x', attributes: {} },
      time: new Date(ms).toISOString(),
      timeNano: '0',
      healthCheck,
    },
  })

  it('are events a second by type, the newest column last', () => {
    const now = 1_200_000
    const series = rates(
      [
        row(0, 'image'),
        row(now - 2_000, 'container'),
        row(now - 1_000, 'container'),
        row(now - 500, 'exotic'),
      ],
      now,
      false,
    )
    expect(Object.keys(series).sort()).toEqual(['container', 'other'])
    expect(series['container']).toHaveLength(COLUMNS)
    expect(series['container']?.at(-1)).toBeCloseTo(2 / 3)
  })

  it('leave health checks out on request', () => {
    expect(rates([row(1_000, 'container', true)], 2_000, true)).toEqual({})
  })
})
