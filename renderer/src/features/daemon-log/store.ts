import { defineStore } from 'pinia'
import { computed, ref, shallowRef, watch } from 'vue'
import { useLiveList } from '../../lib/live-list'
import { compileSearch } from '../../lib/search'
import type { Failure } from '../../remote/failure'
import { useStream, type Cursor } from '../../remote/use-stream'
import { reaches, type LogLine, type Threshold } from './levels'

/** A row: a line of the log, or a word about the log itself. */
export type LogRow =
  | { kind: 'line'; key: number; line: LogLine }
  | { kind: 'dropped'; key: string; count: number }
  | { kind: 'source'; key: string; source: string }

/** Lines kept in the page, and how many old ones are asked for at first. */
export const LINES_KEPT = 30_000
const TAIL = 2_000

/** dockerd's own log, live and filtered; stays while the reader is on another page. */
export const useDaemonLog = defineStore('daemon-log', () => {
  const level = ref<Threshold>('all')
  const text = ref('')
  const regex = ref(false)
  const paused = ref(false)
  const following = ref(true)
  const error = shallowRef<Failure>()

  const search = computed(() => compileSearch(text.value, regex.value))
  const matches = computed(() => {
    const threshold = level.value
    const find = search.value
    return (row: LogRow): boolean => {
      if (row.kind !== 'line') return true
      return reaches(row.line.level, threshold) && (find.empty || find.test(row.line.raw))
    }
  })
  const list = useLiveList<LogRow>({ limit: LINES_KEPT, matches, paused })
  const cursor: Cursor = {}
  let source: string | undefined

  function take(lines: readonly LogLine[], dropped: number): void {
    const rows: LogRow[] = []
    const [first] = lines
    if (dropped > 0 && first) rows.push({ kind: 'dropped', key: `dropped:${first.seq}`, count: dropped })
    for (const line of lines) {
      if (source !== undefined && line.source !== source)
        rows.push({ kind: 'source', key: `source:${line.seq}`, source: line.source })
      source = line.source
      rows.push({ kind: 'line', key: line.seq, line })
    }
    list.push(rows)
  }

  /** Reads the log while the caller's scope lives and the window is looked at. */
  function connect(): void {
    const stream = useStream(
      'daemonLog.watch',
      { tail: TAIL },
      {
        cursor,
        onBatch: take,
        onReset() {
          list.clear()
          source = undefined
        },
      },
    )
    watch(stream.error, (failure) => (error.value = failure))
  }

  return { connect, list, level, text, regex, search, paused, following, error }
})
