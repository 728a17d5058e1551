import { computed, ref, shallowRef, watch, type Ref } from 'vue'
import { useConnection } from '../../../remote/connection'
import { toFailure, type Failure } from '../../../remote/failure'
import type { Change } from '../change'
import { changedRows, foldersOf, type ChangedPath, type ContainerChanges } from './changed-rows'

/** As long as the contract lets the engine look, in milliseconds. */
const CHANGES_MS = 120_000
/** Up to so many paths all folders are open at first. */
const OPEN_ALL = 400

/** What a container changed, page by page, as the reader wants to see it. */
export function useChanges(container: Ref<string>) {
  const connection = useConnection()
  const about = shallowRef<Omit<ContainerChanges, 'entries' | 'next'>>()
  const entries = shallowRef<readonly ChangedPath[]>([])
  const next = ref<string>()
  const loading = ref(false)
  const failure = shallowRef<Failure>()

  const arrange = ref<'tree' | 'list'>('tree')
  const chosen = shallowRef<ReadonlySet<Change>>(new Set())
  const text = ref('')
  const open = shallowRef<ReadonlySet<string>>(new Set())
  let current = new AbortController()

  const rows = computed(() =>
    changedRows(entries.value, {
      arrange: arrange.value,
      changes: chosen.value,
      text: text.value,
      open: open.value,
    }),
  )

  /** The first page again, or the next one. */
  async function load(after?: string): Promise<void> {
    const { client } = connection
    if (!client) return
    current.abort()
    const mine = new AbortController()
    current = mine
    loading.value = true
    failure.value = undefined
    try {
      const answer = await client.call(
        'container.changes',
        { container: container.value, ...(after === undefined ? {} : { after }) },
        { signal: mine.signal, timeoutMs: CHANGES_MS },
      )
      if (current !== mine) return
      const { entries: page, next: more, ...rest } = answer
      about.value = rest
      entries.value = after === undefined ? page : [...entries.value, ...page]
      next.value = more
      if (entries.value.length <= OPEN_ALL) open.value = new Set(foldersOf(entries.value))
    } catch (reason) {
      const why = toFailure(reason)
      if (current === mine && why.code !== 'rpc/disconnected') failure.value = why
    } finally {
      if (current === mine) loading.value = false
    }
  }

  function choose(change: Change, on: boolean): void {
    const now = new Set(chosen.value)
    if (on) now.add(change)
    else now.delete(change)
    chosen.value = now
  }

  function toggle(path: string): void {
    const now = new Set(open.value)
    if (!now.delete(path)) now.add(path)
    open.value = now
  }

  function showAll(): void {
    chosen.value = new Set()
    text.value = ''
  }

  watch(
    [container, () => connection.client],
    ([, client], before) => {
      const another = container.value !== before[0]
      if (another) {
        about.value = undefined
        entries.value = []
      }
      if (client && (another || about.value === undefined)) void load()
    },
    { immediate: true },
  )

  return {
    about,
    entries,
    next,
    loading,
    failure,
    rows,
    arrange,
    chosen,
    text,
    load,
    more: () => load(next.value),
    choose,
    toggle,
    showAll,
  }
}
