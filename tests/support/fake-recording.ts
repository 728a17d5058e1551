import type { Handlers, ItemOf, OutputOf } from '../../electron/contract/contract'

type RecordingHandlers = Pick<
  Handlers,
  | 'flow.record'
  | 'flow.recordSeen'
  | 'flow.stopRecording'
  | 'flow.recordings'
  | 'flow.recording'
  | 'flow.readRecording'
  | 'flow.removeRecording'
  | 'flow.around'
>
type State = ItemOf<'flow.record'>
type Part = OutputOf<'flow.recording'>

const ID = '20260131T120000Z-0a1b'
const AT = '2026-01-31T12:00:00.000Z'
const counts = { requests: 1, events: 1, lines: 1, processes: 0 }

const part: Part = {
  head: {
    porthole: 'recording',
    version: 1,
    startedAt: AT,
    forMs: 60_000,
    endpoint: 'unix:///run/docker.sock',
    engine: { name: 'harbour', version: '28.5.2' },
    debug: 'switched',
  },
  entries: [
    {
      t: 'request',
      request: {
        seq: 1,
        id: '1',
        method: 'POST',
        path: '/v1.51/containers/recorded/start',
        route: '/containers/{id}/start',
        startedAt: AT,
        state: 'unseen',
        observedBy: ['log'],
      },
    },
    { t: 'end', at: AT, why: 'time', counts },
  ],
  skipped: 0,
}

/** The recordings of a fake daemon: one is kept, and another is made as long as it is wanted. */
export function fakeRecording(): RecordingHandlers {
  let stop: (() => void) | undefined
  async function* record(forMs: number, signal: AbortSignal): AsyncGenerator<State> {
    const begun: State = {
      stage: 'record',
      id: ID,
      startedAt: new Date().toISOString(),
      forMs,
      endsAt: new Date(Date.now() + forMs).toISOString(),
      debug: 'switched',
      seenBy: ['log'],
      counts,
      bytes: 4_096,
    }
    yield begun
    await new Promise<void>((resolve) => {
      stop = resolve
      signal.addEventListener('abort', () => resolve(), { once: true })
    })
    stop = undefined
    yield { ...begun, stage: 'done', ended: 'stopped', back: 'back' }
  }
  return {
    'flow.record': ({ forMs }, { signal }) => record(forMs, signal),
    'flow.recordSeen': ({ forMs }, { signal }) => record(forMs, signal),
    'flow.stopRecording'() {
      const stopped = stop !== undefined
      stop?.()
      return Promise.resolve({ stopped })
    },
    'flow.recordings': () =>
      Promise.resolve({
        recordings: [
          { id: ID, startedAt: AT, endedAt: AT, bytes: 4_096, complete: true, debug: 'switched', counts },
        ],
      }),
    'flow.recording': () => Promise.resolve(part),
    'flow.readRecording': () => Promise.resolve(part),
    'flow.removeRecording': () => Promise.resolve({ removed: true }),
    'flow.around': () => Promise.resolve({ lines: [], events: [], cut: false }),
  }
}
