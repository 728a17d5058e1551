import { computed, ref, shallowRef, watch, type Ref, type ShallowRef } from 'vue'
import type { Client } from '../../../../../electron/rpc/client'
import { useConnection } from '../../../remote/connection'
import { toFailure, type Failure } from '../../../remote/failure'
import { useReading } from '../reading'
import { ROOT, rowsOf, type Comparison, type Folder } from './rows'
import type { Layer } from './stacks'

/** As long as the contract lets a comparison take, in milliseconds. */
const COMPARE_MS = 540_000

export interface Sides {
  left: string
  right: string
}

/** Two images: both are read, then compared folder by folder as the reader opens them. */
export function useComparison(sides: Ref<Sides | undefined>) {
  const connection = useConnection()
  const left = useReading()
  const right = useReading()

  /** The answer of the top folder, with what is true of the whole. */
  const whole = shallowRef<Omit<Comparison, 'entries' | 'next'>>()
  const layers: ShallowRef<{ left: readonly Layer[]; right: readonly Layer[] } | undefined> = shallowRef()
  const failure = shallowRef<Failure>()
  const unchanged = ref(false)
  const folders = shallowRef<ReadonlyMap<string, Folder>>(new Map())
  const open = shallowRef<ReadonlySet<string>>(new Set())
  const comparing = ref(false)
  const stopped = ref(false)
  /** Of the present sides and switch; answers of earlier ones are dropped. */
  let current = new AbortController()

  const rows = computed(() => rowsOf(folders.value, open.value))

  function put(path: string, folder: Folder): void {
    folders.value = new Map(folders.value).set(path, folder)
  }

  function renew(): AbortController {
    current.abort()
    current = new AbortController()
    return current
  }

  /** Reads both sides and compares them; from the start where it was begun before. */
  async function begin(): Promise<void> {
    const { client } = connection
    // What was known before the link went stays in sight.
    if (!client) return
    const mine = renew()
    whole.value = undefined
    layers.value = undefined
    failure.value = undefined
    stopped.value = false
    folders.value = new Map()
    open.value = new Set()
    left.clear()
    right.clear()
    comparing.value = false
    const both = sides.value
    if (both === undefined || both.left === both.right) return
    const lower = await layersOf(client, left, both.left, mine.signal)
    if (current !== mine || !lower) return
    const upper = await layersOf(client, right, both.right, mine.signal)
    if (current !== mine || !upper) return
    comparing.value = true
    await list(ROOT)
    if (current !== mine) return
    comparing.value = false
    layers.value = { left: lower, right: upper }
  }

  /** Layers of one side, read; nothing where that failed or was given up. An archive was read when it was opened. */
  async function layersOf(
    client: Client,
    reading: ReturnType<typeof useReading>,
    image: string,
    signal: AbortSignal,
  ): Promise<readonly Layer[] | undefined> {
    if (!image.startsWith('archive:')) {
      await reading.read(image)
      return reading.analysis.value?.layers
    }
    try {
      return await client.call('image.layers', { image }, { signal })
    } catch (reason) {
      if (!signal.aborted) failure.value = toFailure(reason)
      return undefined
    }
  }

  /** Asks for what differs in a folder, or for the next page of that. */
  async function list(path: string): Promise<void> {
    const { client } = connection
    const both = sides.value
    const known = folders.value.get(path)
    if (!client || both === undefined || known?.loading === true) return
    const mine = current
    const entries = known?.entries ?? []
    put(path, { entries, next: known?.next, loading: true })
    try {
      const after = known?.next === undefined ? {} : { after: known.next }
      const input = { ...both, path, unchanged: unchanged.value, ...after }
      const answer = await client.call('image.compare', input, {
        signal: mine.signal,
        timeoutMs: COMPARE_MS,
      })
      if (current !== mine) return
      const { entries: more, next, ...rest } = answer
      if (path === ROOT) whole.value = rest
      put(path, { entries: [...entries, ...more], next, loading: false })
      if (known === undefined) openOnly(path)
    } catch (reason) {
      if (current !== mine) return
      const why = toFailure(reason)
      if (path === ROOT && whole.value === undefined) failure.value = why
      put(path, { entries, next: known?.next, loading: false, failure: why })
    }
  }

  /** A folder that is the only thing in another one opens with it: there is nothing to choose. */
  function openOnly(path: string): void {
    const [only, second] = folders.value.get(path)?.entries ?? []
    if (only?.type === 'folder' && second === undefined && !open.value.has(only.path)) toggle(only.path)
  }

  function again(path: string): void {
    folders.value = new Map([...folders.value].filter(([each]) => each !== path))
    void list(path)
  }

  function toggle(path: string): void {
    const next = new Set(open.value)
    if (next.delete(path)) {
      open.value = next
      return
    }
    open.value = next.add(path)
    if (!folders.value.has(path)) void list(path)
  }

  function stop(): void {
    stopped.value = true
    comparing.value = false
    renew()
    left.stop()
    right.stop()
  }

  // The same folders again, with or without what is the same.
  watch(unchanged, () => {
    if (whole.value === undefined) return
    renew()
    folders.value = new Map()
    for (const path of [ROOT, ...open.value]) void list(path)
  })
  watch(sides, () => void begin(), { immediate: true })
  watch(
    () => connection.client,
    (client) => {
      if (client && whole.value === undefined) void begin()
    },
  )

  return {
    left,
    right,
    whole,
    layers,
    failure,
    unchanged,
    rows,
    comparing,
    stopped,
    begin,
    list,
    again,
    toggle,
    stop,
  }
}
