import { defineStore } from 'pinia'
import { computed, shallowRef } from 'vue'
import type { InputOf, ItemOf } from '../../../../electron/contract/contract'
import { useConnection } from '../../remote/connection'
import { toFailure, type Failure } from '../../remote/failure'

export type TransferKind = 'save' | 'load' | 'import'
export type TransferItem = ItemOf<'image.save'>

/** Images on their way into a file or out of one. */
export interface Transfer {
  key: number
  kind: TransferKind
  /** The file, as it was asked for. */
  path: string
  /** Names of what is saved, or the name an import is given. */
  names: readonly string[]
  state: 'running' | 'done' | 'failed' | 'stopped'
  /** The last that was said of it. */
  said?: TransferItem
  failure?: Failure
}

/** What a transfer is about, in as few words as there are: the names, else the file's. */
export function aboutOf({ kind, names, path }: Transfer): string {
  const file = path.slice(path.lastIndexOf('/') + 1)
  const [first] = names
  if (kind !== 'save' || first === undefined) return file === '' ? path : file
  return names.length > 1 ? `${first} +${names.length - 1}` : first
}

/** Ended ones that are kept to be read. */
const KEPT = 20

/**
 * Transfers of this window. They go on while the reader is on another page, and what came of each
 * stays until it is put away.
 */
export const useTransfers = defineStore('transfers', () => {
  const connection = useConnection()
  const all = shallowRef<readonly Transfer[]>([])
  const running = computed(() => all.value.filter(({ state }) => state === 'running'))
  const stops = new Map<number, AbortController>()
  let count = 0

  function put(key: number, change: Partial<Transfer>): void {
    all.value = all.value.map((one) => (one.key === key ? { ...one, ...change } : one))
  }

  function begin(kind: TransferKind, path: string, names: readonly string[]): number {
    count += 1
    const ended = all.value.filter(({ state }) => state !== 'running').slice(0, KEPT)
    all.value = [{ key: count, kind, path, names, state: 'running' }, ...running.value, ...ended]
    return count
  }

  type Batches = AsyncIterable<{ items: TransferItem[] }>
  type Watch = (signal: AbortSignal) => Batches

  async function follow(key: number, watch: Watch): Promise<void> {
    const stop = new AbortController()
    stops.set(key, stop)
    try {
      let last: TransferItem | undefined
      for await (const { items } of watch(stop.signal)) {
        last = items.at(-1) ?? last
        if (last) put(key, { said: last })
      }
      put(key, { state: last?.state === 'done' ? 'done' : 'stopped' })
    } catch (reason) {
      const failure = toFailure(reason)
      put(key, failure.code === 'rpc/cancelled' ? { state: 'stopped' } : { state: 'failed', failure })
    } finally {
      stops.delete(key)
    }
  }

  /** Begins to write images into a file; gives the transfer's key, or nothing without a core. */
  function save(input: InputOf<'image.save'>): number | undefined {
    const { client } = connection
    if (!client) return undefined
    const key = begin('save', input.path, input.images)
    void follow(key, (signal) => client.watch('image.save', input, { signal }))
    return key
  }

  /** Begins to load an archive; as {@link save}. */
  function load(input: InputOf<'image.load'>): number | undefined {
    const { client } = connection
    if (!client) return undefined
    const key = begin('load', input.path, [])
    void follow(key, (signal) => client.watch('image.load', input, { signal }))
    return key
  }

  /** Begins to make an image of a file system's tar; as {@link save}. */
  function importTar(input: InputOf<'image.import'>): number | undefined {
    const { client } = connection
    if (!client) return undefined
    const key = begin('import', input.path, input.name === undefined ? [] : [input.name])
    void follow(key, (signal) => client.watch('image.import', input, { signal }))
    return key
  }

  /** Ends one that runs; what a save has written so far is removed. */
  function stop(key: number): void {
    stops.get(key)?.abort()
  }

  /** Forgets one that has ended. */
  function putAway(key: number): void {
    all.value = all.value.filter((one) => one.key !== key || one.state === 'running')
  }

  return { all, running, save, load, importTar, stop, putAway }
})
