import { expect, it, onTestFinished } from 'vitest'
import type { DaemonLogService, LogLine } from '../../../../electron/services/daemon-log'
import { parseLine } from '../../../../electron/services/daemon-log/parse'
import { LogObserver } from '../../../../electron/services/flow/log-observer'
import { OwnRequests } from '../../../../electron/services/flow/own'
import { RequestStore } from '../../../../electron/services/flow/requests'
import { until } from '../../../support/until'

/** A log whose lines are given here, for orders a real daemon would have to be hurried into. */
function logOf(lines: string[]): DaemonLogService {
  return {
    async *watch() {
      for (const [index, text] of lines.entries()) {
        const line = parseLine(text)
        yield { ...line, seq: index + 1, time: line.time ?? '', source: 'lines' } satisfies LogLine
      }
    },
    async *watchLink() {
      yield { state: 'live' as const, looked: [] }
    },
    kept: () => Promise.resolve([]),
    dispose: () => Promise.resolve(),
  }
}
const line = (seconds: string, level: string, message: string, more = '') =>
  `time="2026-01-31T12:00:${seconds}Z" level=${level} msg="${message}"${more}`

async function requestsOf(lines: string[]) {
  const store = new RequestStore(() => undefined)
  let ended = false
  const observer = new LogObserver({
    daemonLog: logOf(lines),
    store,
    own: new OwnRequests(),
    log: (text) => expect.unreachable(text),
    changed: () => (ended ||= !observer.following),
  })
  onTestFinished(() => observer.stop())
  observer.start()
  await until('the lines', () => ended)
  const found = []
  for (let seq = store.oldestSeq; seq < store.nextSeq; seq += 1) {
    const request = store.at(seq)
    if (request) found.push(request)
  }
  return found
}

it('an error ends the youngest request of its method and path', async () => {
  const start = 'Calling POST /v1.41/containers/c/start'
  const requests = await requestsOf([
    line('00.000', 'debug', start),
    line('01.000', 'debug', start),
    line('01.000', 'debug', 'Calling POST /v1.41/containers/d/start'),
    line('03.500', 'error', 'Handler for POST /v1.41/containers/c/start returned error: no room'),
  ])
  expect(
    requests.map(({ startedAt, state, durationMs, error }) => [
      startedAt.slice(17, 23),
      state,
      durationMs,
      error,
    ]),
  ).toEqual([
    ['00.000', 'unseen', undefined, undefined],
    ['01.000', 'unseen', undefined, undefined],
    ['01.000', 'ended', 2_500, 'no room'],
  ])
})

it('two lines about one failure are one failure, and its status is kept', async () => {
  const more = ' error-response="no room" method=POST module=api request-url=/v1.50/build status=500'
  const requests = await requestsOf([
    line('00.000', 'debug', 'handling POST request', ' method=POST module=api request-url=/v1.50/build'),
    line('00.100', 'debug', 'error response for POST request', more),
    line('00.101', 'error', 'Handler for POST /v1.50/build returned error: no room'),
  ])
  expect(requests).toHaveLength(1)
  expect(requests[0]).toMatchObject({ state: 'ended', status: 500, durationMs: 100, error: 'no room' })
})

it('without debug, an error stands for a request that nobody saw begin', async () => {
  const requests = await requestsOf([
    line('00.000', 'error', 'Handler for POST /v1.41/containers/c/start returned error: no room'),
  ])
  expect(requests).toHaveLength(1)
  expect(requests[0]).toMatchObject({ state: 'ended', observedBy: ['log'], error: 'no room' })
  expect(requests[0]?.durationMs).toBeUndefined()
})
