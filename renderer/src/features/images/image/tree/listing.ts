import {
  computed,
  onScopeDispose,
  ref,
  shallowRef,
  watch,
  type ComputedRef,
  type Ref,
  type ShallowRef,
} from 'vue'
import type { InputOf, OutputOf } from '../../../../../../electron/contract/contract'
import { useConnection } from '../../../../remote/connection'
import { toFailure, type Failure } from '../../../../remote/failure'
import { wayTo, type Entry } from '../contents'
import type { Folder } from '../listed'
import { rowsOf, type Sort, type TreeRow } from './rows'

type Look = Omit<InputOf<'image.files'>, 'path' | 'after'>
type Listed = OutputOf<'image.files'>

/** As long as the contract lets a listing take, which may have to read the image first; milliseconds. */
const LIST_MS = 540_000
/** Folders that stay open when another layer is looked at. */
const KEPT_OPEN = 60
/** Pages that are turned to find one entry. */
const MOST_PAGES = 60

export interface Listing {
  folders: ShallowRef<ReadonlyMap<string, Folder>>
  rows: ComputedRef<readonly TreeRow[]>
  /** Path of the chosen entry. */
  selected: Ref<string | undefined>
  entry: ComputedRef<Entry | undefined>
  sort: Ref<Sort>
  /** Another layer or filter is being listed; what is shown is of before. */
  turning: Ref<boolean>
  /** Why the root could not be listed. */
  failure: ShallowRef<Failure | undefined>
  /** The next page of a folder, or its first. */
  list(path: string): Promise<void>
  /** Lists a folder anew after a failure; without a path everything. */
  again(path?: string): void
  toggle(path: string): void
  expand(path: string): void
  /** Opens the folders on the way to a path and selects it; false where it is not there. */
  reveal(path: string): Promise<boolean>
}

/**
 * Folders of an image, listed as they are opened. When another layer is looked at the same folders
 * stay open, and what was shown stays until they are listed. `look` is undefined while there is
 * nothing to ask.
 */
export function useListing(look: Ref<Look | undefined>): Listing {
  const connection = useConnection()
  const folders = shallowRef<ReadonlyMap<string, Folder>>(new Map())
  const open = shallowRef<ReadonlySet<string>>(new Set())
  const selected = ref<string>()
  const sort = ref<Sort>('name')
  const turning = ref(false)
  const failure = shallowRef<Failure>()
  let run = new AbortController()
  /** Settles when the present look is listed. */
  let turned: Promise<void> = Promise.resolve()

  const rows = computed(() => rowsOf({ folders: folders.value, open: open.value, sort: sort.value }))
  const entry = computed(() => (selected.value === undefined ? undefined : find(selected.value)))

  function find(path: string): Entry | undefined {
    const above = wayTo(path).at(-1) ?? '/'
    return folders.value.get(above)?.entries.find((each) => each.path === path)
  }

  function put(path: string, folder: Folder): void {
    folders.value = new Map(folders.value).set(path, folder)
  }

  function ask(path: string, after?: string): Promise<Listed> {
    const { client } = connection
    if (!client || !look.value) return Promise.reject(new Error('There is nobody to ask.'))
    const input = { ...look.value, path, ...(after === undefined ? {} : { after }) }
    return client.call('image.files', input, { signal: run.signal, timeoutMs: LIST_MS })
  }

  /** Lists the root and what was open, and shows them at once. */
  async function turn(): Promise<void> {
    run.abort()
    const mine = new AbortController()
    run = mine
    if (!look.value || !connection.client) {
      turning.value = false
      return
    }
    turning.value = true
    const paths = ['/', ...[...open.value].slice(-KEPT_OPEN)]
    const answers = await Promise.allSettled(paths.map((path) => ask(path)))
    if (run !== mine) return
    turning.value = false
    const [root] = answers
    const why = root?.status === 'rejected' ? toFailure(root.reason) : undefined
    if (why?.code === 'rpc/disconnected') return
    failure.value = why
    const next = new Map<string, Folder>()
    answers.forEach((answer, index) => {
      const path = paths[index] ?? '/'
      if (answer.status === 'fulfilled') next.set(path, { ...answer.value, loading: false })
    })
    folders.value = next
    open.value = new Set([...open.value].filter((path) => next.has(path)))
    openOnly('/')
  }

  /** A folder that is the only thing in another one opens with it: there is nothing to choose. */
  function openOnly(path: string): void {
    const folder = folders.value.get(path)
    const [only] = folder?.entries ?? []
    if (only?.type !== 'folder' || folder?.entries.length !== 1 || folder.next !== undefined) return
    if (open.value.has(only.path)) openOnly(only.path)
    else expand(only.path)
  }

  async function list(path: string): Promise<void> {
    const known = folders.value.get(path)
    const mine = run
    if (known?.loading === true || !look.value) return
    const entries = known?.entries ?? []
    put(path, { entries, next: known?.next, loading: true })
    try {
      const answer = await ask(path, known?.next)
      if (run !== mine) return
      put(path, { entries: [...entries, ...answer.entries], next: answer.next, loading: false })
      if (known === undefined) openOnly(path)
    } catch (reason) {
      if (run === mine) put(path, { entries, next: known?.next, loading: false, failure: toFailure(reason) })
    }
  }

  function again(path?: string): void {
    if (path === undefined) {
      turned = turn()
      return
    }
    folders.value = new Map([...folders.value].filter(([each]) => each !== path))
    void list(path)
  }

  function expand(path: string): void {
    if (!open.value.has(path)) open.value = new Set(open.value).add(path)
    if (!folders.value.has(path)) void list(path)
  }

  function toggle(path: string): void {
    if (!open.value.has(path)) expand(path)
    else open.value = new Set([...open.value].filter((each) => each !== path))
  }

  async function reveal(path: string): Promise<boolean> {
    await turned
    const mine = run
    const way = [...wayTo(path), path]
    for (const [index, folder] of way.slice(0, -1).entries()) {
      if (!(await listUntil(folder, way[index + 1] ?? path)) || run !== mine) return false
      if (folder !== '/') open.value = new Set(open.value).add(folder)
    }
    if (path !== '/') selected.value = path
    return true
  }

  /** Lists a folder page by page until an entry has come. */
  async function listUntil(folder: string, wanted: string): Promise<boolean> {
    for (let page = 0; page < MOST_PAGES; page += 1) {
      const known = folders.value.get(folder)
      if (known?.entries.some(({ path }) => path === wanted) === true) return true
      if (known && (known.failure !== undefined || (known.next === undefined && !known.loading))) return false
      if (known?.loading === true) await settled(folder)
      else await list(folder)
    }
    return false
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

  watch(
    [() => JSON.stringify(look.value), () => connection.client],
    (_now, before) => {
      const was = before[0] === undefined ? undefined : (JSON.parse(before[0]) as Look)
      if (was?.image !== look.value?.image) {
        folders.value = new Map()
        open.value = new Set()
        selected.value = undefined
        failure.value = undefined
      }
      turned = turn()
    },
    { immediate: true },
  )
  onScopeDispose(() => run.abort())

  return { folders, rows, selected, entry, sort, turning, failure, list, again, toggle, expand, reveal }
}
