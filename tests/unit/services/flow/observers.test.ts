import { describe, expect, it } from 'vitest'
import { observersOf, type Situation } from '../../../../electron/services/flow/observers'

const ENDPOINT = 'http://127.0.0.1:4318'
const listening = { endpoint: ENDPOINT, since: '2026-01-01T00:00:00.000Z' }
const unit = { unit: 'docker.service' }
const dropIn = {
  ...unit,
  dropIn: { path: '/etc/systemd/system/docker.service.d/porthole-traces.conf', endpoint: ENDPOINT },
}

const trace = (more: Partial<Situation>) =>
  observersOf({
    link: { state: 'connected' },
    version: '28.5.2',
    debug: false,
    rootless: false,
    localSocket: true,
    log: undefined,
    tap: undefined,
    traces: undefined,
    sending: undefined,
    portTaken: false,
    ...more,
  }).observers[0]

describe('what traces need', () => {
  it.each<[string, Partial<Situation>, object]>([
    ['nothing is set up', {}, { state: 'possible', needs: 'start-traces' }],
    ['only listened for', { traces: listening }, { state: 'possible', needs: 'send-traces' }],
    ['a unit could send', { sending: unit }, { state: 'possible', needs: 'send-traces' }],
    ['a unit sends and nobody listens', { sending: dropIn }, { state: 'possible', needs: 'start-traces' }],
    ['a unit sends, and is listened to', { sending: dropIn, traces: listening }, { state: 'possible' }],
    ['a sandbox', { traces: { ...listening, sandbox: true } }, { state: 'possible' }],
    [
      'its port is another’s',
      { sending: dropIn, portTaken: true },
      { state: 'possible', needs: 'start-traces', obstacle: 'port-taken' },
    ],
    ['they have come', { traces: { ...listening, heardAt: listening.since } }, { state: 'on' }],
    [
      'an old engine',
      { version: '20.10.24', sending: dropIn },
      { state: 'impossible', obstacle: 'engine-too-old' },
    ],
    ['a rootless engine', { rootless: true }, { state: 'impossible', obstacle: 'own-network' }],
    ['nobody is there', { version: undefined }, { state: 'impossible', obstacle: 'engine-down' }],
  ])('%s', (_, situation, expected) => {
    expect(trace(situation)).toEqual({ kind: 'trace', ...expected })
  })
})
