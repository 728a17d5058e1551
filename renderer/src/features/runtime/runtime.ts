import { useDocumentVisibility, useDebounceFn, useIntervalFn } from '@vueuse/core'
import { computed } from 'vue'
import type { OutputOf } from '../../../../electron/contract/contract'
import { useEngine } from '../../app/engine'
import { useRequest } from '../../remote/use-request'
import { useStream } from '../../remote/use-stream'

export type RuntimeList = OutputOf<'runtime.list'>
export type Runtime = RuntimeList['runtimes'][number]
export type RuntimeContainer = RuntimeList['containers'][number]
export type ControlGroup = NonNullable<RuntimeContainer['cgroup']>
export type ProcessRow = OutputOf<'runtime.processes'>['processes'][number]

/** CPU and memory have no event; /proc is cheap to read. Milliseconds. */
const PROCESSES_MS = 3_000
/** The list asks dockerd for /info, which runs other programs on older engines. Milliseconds. */
const LIST_MS = 10_000

/** Changes of what the page shows: containers that come and go, and a reload with other runtimes. */
const CHANGES = {
  type: ['container', 'daemon'],
  event: ['create', 'start', 'die', 'destroy', 'pause', 'unpause', 'rename', 'reload'],
}

/**
 * What the page asks: at once, after each event that changes it, and at an interval while somebody
 * looks. Nothing is asked for a hidden window or of a daemon that is down.
 */
export function useRuntime() {
  const engine = useEngine()
  const visibility = useDocumentVisibility()
  const active = computed(() => engine.connected && visibility.value === 'visible')
  const list = useRequest('runtime.list', {}, { active })
  const processes = useRequest('runtime.processes', {}, { active })

  const refresh = () => Promise.all([list.refresh(), processes.refresh()])
  const refreshSoon = useDebounceFn(refresh, 400, { maxWait: 2_000 })
  useStream('events.watch', { filters: CHANGES }, { onBatch: () => void refreshSoon() })
  useIntervalFn(() => {
    if (active.value) void processes.refresh()
  }, PROCESSES_MS)
  useIntervalFn(() => {
    if (active.value) void list.refresh()
  }, LIST_MS)
  return { list, processes, refresh }
}
