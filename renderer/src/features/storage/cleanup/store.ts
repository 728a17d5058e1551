import { useLocalStorage } from '@vueuse/core'
import { defineStore } from 'pinia'
import { computed, ref, shallowRef, watch } from 'vue'
import type { ItemOf, OutputOf } from '../../../../../electron/contract/contract'
import { useEngine } from '../../../app/engine'
import { useConnection } from '../../../remote/connection'
import { toFailure, type Failure } from '../../../remote/failure'
import { useAsk } from '../../../remote/use-ask'
import { faultOf, keepOf, NOTHING_KEPT, type CleanupChoice, type CleanupKind, type KeepText } from './keep'

export type CleanupPreview = OutputOf<'storage.previewCleanup'>
export type CleanupItem = CleanupPreview['items'][number]
export type CleanupResult = OutputOf<'storage.cleanup'>

/** As long as the contract lets a preview and a cleanup take, in milliseconds. */
const PREVIEW_MS = 600_000
const CLEANUP_MS = 3_600_000

/** `choose` what may go, see exactly what would (`preview`), have it done (`running`), read what was (`ended`). */
export type CleanupStage = 'choose' | 'preview' | 'running' | 'ended'

/**
 * A cleanup from the choice to the result. Lives on while the reader is on another page: what
 * removes things is not lost sight of.
 */
export const useCleanup = defineStore('cleanup', () => {
  const connection = useConnection()
  const engine = useEngine()

  const stage = ref<CleanupStage>()
  const kinds = ref<CleanupKind[]>([])
  const allImages = ref(false)
  const allVolumes = ref(false)
  /** Exclusions are remembered: what somebody wants to keep, they want to keep the next time too. */
  const keep = useLocalStorage<KeepText>(
    'porthole.cleanup.keep',
    { ...NOTHING_KEPT },
    { mergeDefaults: true },
  )
  const fault = computed(() => faultOf(keep.value))
  const preview = useAsk('storage.previewCleanup', { timeoutMs: PREVIEW_MS })
  /** Read, and agreed to, where data goes that cannot be made again. */
  const agreed = ref(false)
  const progress = shallowRef<ItemOf<'storage.progress'>>()
  const result = shallowRef<CleanupResult>()
  const failure = shallowRef<Failure>()
  const stopping = ref(false)
  let current: AbortController | undefined

  const choice = computed<CleanupChoice>(() => {
    const kept = keepOf(keep.value)
    return {
      kinds: [...kinds.value],
      ...(Object.keys(kept).length > 0 ? { keep: kept } : {}),
      ...(kinds.value.includes('images') ? { allImages: allImages.value } : {}),
      ...(kinds.value.includes('volumes') ? { allVolumes: allVolumes.value } : {}),
    }
  })
  const canWrite = computed(() => connection.session?.access.includes('write') === true)
  const admin = computed(() => connection.session?.access.includes('admin') === true)
  /** Something goes that nobody can make again. */
  const grave = computed(() => preview.data.value?.items.some(({ kind }) => kind === 'volumes') === true)

  /** Begins with a choice; with `only`, of that kind alone. */
  function open(only?: CleanupKind): void {
    if (stage.value === 'running') return
    if (only) kinds.value = [only]
    stage.value = 'choose'
  }

  function close(): void {
    if (stage.value === 'running') return
    preview.clear()
    stage.value = undefined
    result.value = undefined
    failure.value = undefined
    progress.value = undefined
  }

  /** Asks what would go; the list is shown once it has come. */
  async function look(): Promise<void> {
    agreed.value = false
    failure.value = undefined
    if ((await preview.ask(choice.value)) !== undefined) stage.value = 'preview'
  }

  function back(): void {
    preview.clear()
    failure.value = undefined
    stage.value = 'choose'
  }

  /** Has removed what the preview shows. Gives whether anything may be different now. */
  async function run(): Promise<boolean> {
    const { client } = connection
    const list = preview.data.value
    if (!client || !list || stage.value !== 'preview') return false
    const mine = new AbortController()
    const watching = new AbortController()
    current = mine
    stage.value = 'running'
    stopping.value = false
    progress.value = { done: 0, of: list.items.length }
    void follow(client, watching.signal)
    try {
      result.value = await client.call(
        'storage.cleanup',
        { ...choice.value, digest: list.digest },
        { signal: mine.signal, timeoutMs: CLEANUP_MS },
      )
    } catch (reason) {
      failure.value = toFailure(reason)
    } finally {
      watching.abort()
      current = undefined
      stage.value = 'ended'
    }
    return true
  }

  async function follow(client: NonNullable<typeof connection.client>, signal: AbortSignal): Promise<void> {
    try {
      for await (const { items } of client.watch('storage.progress', {}, { signal }))
        progress.value = items.at(-1) ?? progress.value
    } catch {
      // The call itself tells how it went; without this only the bar stands still.
    }
  }

  /** Lets the item that is under way end, and nothing after it begin. */
  function stop(): void {
    stopping.value = true
    current?.abort()
  }

  // Another engine has other things; what runs there goes on and is told there.
  watch(
    () => engine.link?.endpoint,
    (_now, before) => {
      if (before !== undefined) close()
    },
  )

  return {
    stage,
    kinds,
    allImages,
    allVolumes,
    keep,
    fault,
    choice,
    preview: preview.data,
    previewFailure: preview.failure,
    previewSince: preview.since,
    stopLooking: preview.stop,
    agreed,
    grave,
    canWrite,
    admin,
    progress,
    result,
    failure,
    stopping,
    open,
    close,
    look,
    back,
    run,
    stop,
  }
})
