import { defineStore } from 'pinia'
import { computed, ref, shallowRef, watch } from 'vue'
import { useEngine } from '../../app/engine'
import { useConnection } from '../../remote/connection'
import { toFailure, type Failure } from '../../remote/failure'
import { useAsk } from '../../remote/use-ask'
import { useMeasuring } from './measuring'
import { rowsOf, wayTo, type Folder, type Place, type Sort, type StorageList } from './tree'

/** As long as the contract lets a search take, in milliseconds. */
const FIND_MS = 120_000

/** The data-root as a tree; stays while the reader is on another page. */
export const useFiles = defineStore('files', () => {
  const connection = useConnection()
  const engine = useEngine()
  const measuring = useMeasuring()
  const find = useAsk('storage.owner', { timeoutMs: FIND_MS })

  const tops = shallowRef<readonly Place[]>([])
  const dataRoot = ref('')
  const folders = shallowRef<ReadonlyMap<string, Folder>>(new Map())
  const open = shallowRef<ReadonlySet<string>>(new Set())
  const selected = ref<string>()
  const sort = ref<Sort>('name')
  const words = ref('')
  /** The top itself could not be read. */
  const failure = shallowRef<Failure>()
  const loading = ref(false)

  const rows = computed(() =>
    rowsOf({
      tops: tops.value,
      folders: folders.value,
      open: open.value,
      measures: measuring.measures.value,
      sort: sort.value,
    }),
  )
  const place = computed(() => {
    const row = rows.value.find(({ kind, key }) => kind === 'place' && key === selected.value)
    return row?.kind === 'place' ? row : undefined
  })

  function put(path: string, folder: Folder): void {
    folders.value = new Map(folders.value).set(path, folder)
  }

  /** Asks for a folder's entries, or for the next page of them. */
  async function list(path: string): Promise<void> {
    const { client } = connection
    const known = folders.value.get(path)
    if (!client || known?.loading === true) return
    const entries = known?.entries ?? []
    put(path, { entries, next: known?.next, loading: true })
    try {
      const after = known?.next === undefined ? {} : { after: known.next }
      const answer = await client.call('storage.list', { path, ...after })
      put(path, { entries: [...entries, ...answer.entries], next: answer.next, loading: false })
      if (open.value.has(path)) measure(path)
    } catch (reason) {
      put(path, { entries, next: known?.next, loading: false, failure: toFailure(reason) })
    }
  }

  function again(path: string): void {
    folders.value = new Map([...folders.value].filter(([each]) => each !== path))
    void list(path)
  }

  /** The data-root and what belongs to it elsewhere; asked once, or anew after a failure. */
  async function begin(): Promise<void> {
    const { client } = connection
    if (!client || loading.value || tops.value.length > 0) return
    loading.value = true
    failure.value = undefined
    try {
      const top = await client.call('storage.list', { path: '' })
      dataRoot.value = top.dataRoot
      tops.value = topsOf(top)
      put(top.path, { entries: top.entries, next: top.next, loading: false })
      expand(top.path)
      selected.value ??= top.path
    } catch (reason) {
      const why = toFailure(reason)
      if (why.code !== 'rpc/disconnected') failure.value = why
    } finally {
      loading.value = false
    }
  }

  function expand(path: string): void {
    if (!open.value.has(path)) open.value = new Set(open.value).add(path)
    if (folders.value.has(path)) measure(path)
    else void list(path)
  }

  /** Has the folders in a folder walked, unless an earlier scan knows them. */
  function measure(path: string): void {
    const unknown = (folders.value.get(path)?.entries ?? []).filter(
      ({ type, diskBytes }) => type === 'folder' && diskBytes === undefined,
    )
    if (unknown.length === 0) return
    const isTop = tops.value.some((top) => top.path === path)
    // A top is walked folder by folder: its own scan would be that of whole owners.
    if (isTop) for (const folder of unknown.toReversed()) measuring.add(folder.path)
    else measuring.add(path)
  }

  function fold(path: string): void {
    open.value = new Set([...open.value].filter((each) => each !== path))
  }

  function toggle(path: string): void {
    if (open.value.has(path)) fold(path)
    else expand(path)
  }

  /** Opens every folder on the way to a path and selects it; false where it is not there. */
  async function reveal(path: string): Promise<boolean> {
    await begin()
    const way = wayTo(
      path,
      tops.value.map((top) => top.path),
    )
    if (!way) return false
    for (const [index, folder] of way.slice(0, -1).entries()) {
      if (!(await listUntil(folder, way[index + 1] ?? path))) return false
      open.value = new Set(open.value).add(folder)
    }
    const above = way.at(-2)
    if (above !== undefined) measure(above)
    selected.value = path
    return true
  }

  /** Lists a folder page by page until an entry has come. */
  async function listUntil(folder: string, entry: string): Promise<boolean> {
    for (;;) {
      const known = folders.value.get(folder)
      if (known?.entries.some(({ path }) => path === entry) === true) return true
      if (known && (known.failure !== undefined || (known.next === undefined && !known.loading))) return false
      if (known?.loading === true) await settled(folder)
      else await list(folder)
    }
  }

  function settled(folder: string): Promise<void> {
    return new Promise((resolve) => {
      const off = watch(
        () => folders.value.get(folder)?.loading,
        (now) => {
          if (now === true) return
          resolve()
          queueMicrotask(() => off())
        },
        { immediate: true },
      )
    })
  }

  /** Finds whom words belong to; the only place found is opened at once. */
  async function search(text: string): Promise<void> {
    words.value = text
    if (text.trim() === '') {
      find.clear()
      return
    }
    const answer = await find.ask({ path: text.trim() })
    const [only] = answer?.found ?? []
    if (only && answer?.found.length === 1) await reveal(only.path)
  }

  watch(words, (now) => {
    if (now === '') find.clear()
  })
  watch(
    () => engine.link?.endpoint,
    (_now, before) => {
      if (before === undefined) return
      measuring.clear()
      find.clear()
      tops.value = []
      folders.value = new Map()
      open.value = new Set()
      selected.value = undefined
      failure.value = undefined
    },
  )

  return {
    tops,
    dataRoot,
    rows,
    folders,
    selected,
    place,
    sort,
    words,
    failure,
    loading,
    measured: measuring.path,
    stopMeasuring: measuring.stop,
    found: find.data,
    findFailure: find.failure,
    finding: find.since,
    begin,
    list,
    again,
    toggle,
    expand,
    fold,
    reveal,
    search,
  }
})

/** The data-root itself, and folders of the engine that lie outside of it. */
function topsOf(top: StorageList): Place[] {
  const root: Place = {
    name: top.dataRoot,
    path: top.path,
    type: 'folder',
    owner: top.owner,
    ...(top.meaning === undefined ? {} : { meaning: top.meaning }),
  }
  const outside = top.entries.filter(({ path }) => path.startsWith('/'))
  return [root, ...outside.map((entry) => ({ ...entry, name: entry.path }))]
}
