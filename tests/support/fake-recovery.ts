import type { Handlers, InputOf, ItemOf, OutputOf } from '../../electron/contract/contract'
import { AppError } from '../../electron/contract/errors'

/**
 * More of the FAKE core: restarts, history and recovery over invented answers, to look at the
 * window in states that a real daemon is hard to bring into. It says nothing about how Porthole or
 * dockerd behave.
 */
export const RECOVERY_SCENES = {
  /** A restart stops ten containers and keeps three. */
  busy: 'full',
  /** dockerd refuses whatever is applied. */
  'rolled-back': 'full',
  dismissed: 'full',
  'no-history': 'full',
  'foreign-history': 'full',
  'broken-file': 'full',
  /** Down because of its file. */
  fatal: 'down',
  /** Down with a good file. */
  stopped: 'down',
  desktop: 'down',
} as const
export type RecoveryScene = keyof typeof RECOVERY_SCENES

type Late =
  | 'config.history'
  | 'config.backup'
  | 'config.restore'
  | 'engine.service'
  | 'engine.recovery'
  | 'engine.reload'
  | 'engine.restart'
  | 'engine.start'
  | 'engine.stop'
/** What the fake core answers without this file. */
export type BaseHandlers = Omit<Handlers, Late>

type Recovery = OutputOf<'engine.recovery'>
type Service = OutputOf<'engine.service'>
type Entry = OutputOf<'config.history'>['entries'][number]
type Step = ItemOf<'config.progress'>
type Problem = OutputOf<'config.check'>['problems'][number]
type Change = OutputOf<'config.check'>['changes'][number]

const iso = (agoMs: number) => new Date(Date.now() - agoMs).toISOString()
const MINUTE = 60_000
const STOPS = ['harbour-web-1', 'harbour-worker-1', 'harbour-worker-2', 'import', 'mail', 'metrics', 'proxy']
const KEEPS = ['cache', 'postgres', 'search']

const UNKNOWN_KEY: Problem = {
  severity: 'error',
  code: 'key/unknown',
  message: 'This engine knows no key "registry-miror" and does not start with it.',
  hint: 'Write "registry-mirrors".',
  detail: { key: 'registry-miror', nearest: 'registry-mirrors' },
  key: 'registry-miror',
  line: 4,
  column: 3,
  source: 'static',
}

const change = (key: string, before: unknown, after: unknown, live = false): Change => ({
  key,
  ...(before === undefined ? {} : { before }),
  ...(after === undefined ? {} : { after }),
  takesEffect: live ? 'live' : 'restart',
  needs: live ? 'reload' : 'restart',
})

const DIFF = `--- before
+++ after
@@ -1,5 +1,5 @@
 {
   "log-driver": "local",
-  "debug": true
+  "debug": false,
+  "registry-mirrors": ["https://mirror.example"]
 }
`

function entryOf(more: Partial<Entry> & Pick<Entry, 'id'>, agoMs: number): Entry {
  return {
    at: iso(agoMs),
    kind: 'apply',
    outcome: 'applied',
    activate: 'reload',
    user: 'mara',
    before: 'c'.repeat(64),
    after: 'a'.repeat(64),
    diff: DIFF,
    changes: [
      change('debug', true, false, true),
      change('registry-mirrors', undefined, ['https://mirror.example'], true),
    ],
    problems: [],
    current: false,
    restorable: { before: true, after: true },
    ...more,
  }
}

const ENTRIES: Entry[] = [
  entryOf({ id: 'five', current: true }, 12 * MINUTE),
  entryOf(
    {
      id: 'four',
      outcome: 'rolled-back',
      activate: 'restart',
      changes: [change('data-root', '/var/lib/docker', '/mnt/full/docker')],
      problems: [
        {
          severity: 'error',
          code: 'dockerd/refused',
          message: 'Unable to create /mnt/full/docker: no space left on device',
          key: 'data-root',
          line: 3,
          source: 'apply',
        },
      ],
    },
    50 * MINUTE,
  ),
  entryOf(
    { id: 'three', kind: 'hand-edit', changes: [change('labels', undefined, ['site=lab'], true)] },
    26 * 60 * MINUTE,
  ),
  entryOf({ id: 'two', kind: 'restore', activate: 'restart' }, 3 * 24 * 60 * MINUTE),
  entryOf(
    {
      id: 'one',
      outcome: 'recovered',
      activate: 'none',
      before: 'absent',
      changes: ['log-driver', 'log-opts', 'debug', 'ipv6', 'icc', 'mtu'].map((key) =>
        change(key, undefined, 'x'),
      ),
      restorable: { before: true, after: false },
    },
    40 * 24 * 60 * MINUTE,
  ),
]

function serviceOf(scene: string): Service {
  if (scene === 'desktop') return { manager: 'desktop', control: 'none' }
  const down = scene === 'fatal' || scene === 'stopped'
  return {
    manager: 'systemd',
    unit: 'docker.service',
    socketUnit: 'docker.socket',
    control: 'helper',
    ...(down
      ? {
          activeState: scene === 'fatal' ? 'failed' : 'inactive',
          subState: scene === 'fatal' ? 'failed' : 'dead',
          result: scene === 'fatal' ? 'start-limit-hit' : 'success',
          restarts: scene === 'fatal' ? 3 : 0,
        }
      : { activeState: 'active', subState: 'running', pid: 812 }),
  }
}

function recoveryOf(scene: string): Recovery {
  const service = serviceOf(scene)
  const undo = { id: 'five', at: iso(12 * MINUTE), changes: ENTRIES[0]?.changes ?? [] }
  if (scene === 'broken-file') return { state: 'broken-file', service, problems: [UNKNOWN_KEY], undo }
  if (scene === 'stopped' || scene === 'desktop') return { state: 'down', service, problems: [] }
  if (scene !== 'fatal') return { state: 'running', service, problems: [] }
  return {
    state: 'down',
    service,
    fatal: {
      at: iso(2 * MINUTE),
      raw: `failed to start daemon: unable to configure the Docker daemon with file /etc/docker/daemon.json: the following directives don't match any configuration option: registry-miror`,
      code: 'unknown-key',
      detail: { keys: 'registry-miror' },
      message: 'daemon.json holds keys this engine does not know: registry-miror.',
    },
    problems: [UNKNOWN_KEY],
    undo,
  }
}

const BROKEN = `{
  "log-driver": "local",
  "debug": false,
  "registry-miror": ["https://mirror.example"]
}
`

/** Puts the scene's restarts, history and recovery over the handlers of its base scene. */
export function withRecovery(scene: string, base: BaseHandlers): Handlers {
  const plain = !(scene in RECOVERY_SCENES)
  const take: ((step: Step) => void)[] = []
  const bare = scene === 'no-history' || scene === 'foreign-history'
  let entries: Entry[] = bare ? [] : ENTRIES
  const note = (outcome: Entry['outcome']) => {
    const latest = entryOf({ id: `new-${entries.length}`, outcome, current: outcome === 'applied' }, 0)
    entries = [latest, ...entries.map((entry) => ({ ...entry, current: !latest.current && entry.current }))]
  }
  const pause = () => new Promise((resolve) => setTimeout(resolve, 160))
  const walk = async (names: Step['step'][], failing?: Step['step']): Promise<Step[]> => {
    const done: Step[] = []
    for (const step of names) {
      for (const tell of take) tell({ step, state: 'running', at: iso(0) })
      await pause()
      const end = { step, state: step === failing ? ('failed' as const) : ('done' as const), at: iso(0) }
      done.push(end)
      for (const tell of take) tell(end)
    }
    return done
  }
  const evidence = {
    restart: {
      pidBefore: 812,
      pidAfter: 20_417,
      answeredMs: 1_870,
      kept: KEEPS,
      restarted: STOPS.slice(0, 5),
      stopped: STOPS.slice(5),
    },
    log: ['systemctl restart docker.service', 'The API answered after 1.9 s'],
  }
  const apply = async (activate: InputOf<'config.apply'>['activate']) => {
    if (scene === 'rolled-back') {
      const steps = await walk(
        ['authorize', 'check', 'validate', 'backup', 'write', 'activate', 'verify', 'rollback'],
        'verify',
      )
      note('rolled-back')
      return {
        outcome: 'rolled-back' as const,
        backupId: 'daemon.json.porthole-2026-01-02T03-04-05Z',
        evidence: { ...evidence, log: [...evidence.log, 'failed to start daemon: no space left on device'] },
        problems: ENTRIES[1]?.problems ?? [],
        steps,
        hash: 'a'.repeat(64),
      }
    }
    if (scene === 'dismissed') {
      const steps = await walk(['check', 'validate', 'authorize'], 'authorize')
      const problem = {
        severity: 'error',
        code: 'helper/dismissed',
        message: 'The password dialog was closed.',
        source: 'apply',
      } as const
      return { outcome: 'rejected' as const, evidence: { log: [] }, problems: [problem], steps, hash: '' }
    }
    const steps = await walk([
      'authorize',
      'check',
      'validate',
      'trial',
      'backup',
      'write',
      'activate',
      'verify',
    ])
    note('applied')
    return {
      outcome: 'applied' as const,
      backupId: 'daemon.json.porthole-2026-01-02T03-04-05Z',
      evidence: activate === 'restart' ? evidence : { log: ['SIGHUP sent to process 812'] },
      steps,
      hash: 'b'.repeat(64),
    }
  }
  const life = async () => ({
    outcome: 'done' as const,
    evidence,
    steps: await walk(['authorize', 'activate', 'verify']),
    problems: [],
  })

  return {
    ...base,
    'config.read': async (input, context) => {
      const file = await base['config.read'](input, context)
      const broken = scene === 'fatal' || scene === 'broken-file'
      return broken ? { ...file, text: BROKEN, problems: [UNKNOWN_KEY] } : file
    },
    'config.check': async (input, context) => {
      const answer = await base['config.check'](input, context)
      const bad = input.text === BROKEN
      return {
        ...answer,
        ...(bad ? { ok: false, problems: [UNKNOWN_KEY] } : {}),
        ...(scene === 'fatal' || scene === 'stopped' ? {} : { impact: { stops: STOPS, keeps: KEEPS } }),
      }
    },
    'config.apply': (input, context) =>
      plain ? base['config.apply'](input, context) : apply(input.activate),
    'config.restore': ({ activate }) => apply(activate),
    'config.history': () => Promise.resolve({ entries, readable: scene !== 'foreign-history' }),
    'config.backup': ({ id }) => {
      if (!entries.some((entry) => entry.id === id))
        throw new AppError('config/no-backup', 'This text is not kept any more.')
      return Promise.resolve({ text: '{\n  "log-driver": "local",\n  "debug": true\n}\n', exists: true })
    },
    async *'config.progress'(input, context) {
      if (plain) return yield* base['config.progress'](input, context)
      const { signal } = context
      const queue: Step[] = []
      let wake: (() => void) | undefined
      const tell = (step: Step) => {
        queue.push(step)
        wake?.()
      }
      take.push(tell)
      signal.addEventListener('abort', () => wake?.(), { once: true })
      while (!signal.aborted) {
        const next = queue.shift()
        if (next) yield next
        else await new Promise<void>((resolve) => (wake = resolve))
      }
      take.splice(take.indexOf(tell), 1)
    },
    'engine.service': () => Promise.resolve(serviceOf(scene)),
    'engine.recovery': () => Promise.resolve(recoveryOf(scene)),
    'engine.reload': life,
    'engine.restart': life,
    'engine.start': life,
    'engine.stop': life,
  }
}
