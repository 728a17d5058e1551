import { defineStore } from 'pinia'
import { computed, ref, shallowRef, watch } from 'vue'
import type { ItemOf, OutputOf } from '../../../../electron/contract/contract'
import type { Client } from '../../../../electron/rpc/client'
import { RemoteError } from '../../../../electron/rpc/errors'
import { useConnection } from '../../remote/connection'
import { toFailure, type Failure } from '../../remote/failure'
import { useRequest } from '../../remote/use-request'
import { useEngine } from '../engine'

export type ConfigFile = OutputOf<'config.read'>
export type CheckResult = OutputOf<'config.check'>
export type ApplyResult = OutputOf<'config.apply'>
export type ApplyStep = ItemOf<'config.progress'>
export type Problem = CheckResult['problems'][number]
export type Change = CheckResult['changes'][number]

/** `preparing` reads and checks, `ready` waits for the reader's word. */
export type ReviewStage = 'preparing' | 'ready' | 'applying' | 'finished' | 'failed'

/** One change of daemon.json on its way: what the dialog shows. */
export interface Review {
  origin: 'editor' | 'debug' | 'reload'
  /** What debug would become, for `debug`. */
  debug?: boolean
  stage: ReviewStage
  before: string
  after: string
  baseHash: string
  activate: 'reload' | 'none'
  check?: CheckResult
  steps: ApplyStep[]
  result?: ApplyResult
  failure?: Failure
}

/** Why daemon.json cannot be changed from here. */
export type EditBlock = 'session' | 'unreadable' | 'symlink' | 'not-writable'

/** daemon.json as it is, the reader's own text of it, and the change under review. */
export const useConfig = defineStore('config', () => {
  const connection = useConnection()
  const engine = useEngine()
  const active = ref(false)
  const request = useRequest('config.read', {}, { active })
  const file = computed(() => request.data.value)

  /** The reader's text; undefined while it is the file's. Outlives the page. */
  const draft = ref<string>()
  /** The file the draft began from. */
  const base = shallowRef<{ text: string; hash: string }>()
  const review = shallowRef<Review>()

  const text = computed(() => draft.value ?? file.value?.text ?? '')
  const dirty = computed(() => draft.value !== undefined && draft.value !== base.value?.text)
  const changedUnderneath = computed(
    () => dirty.value && file.value !== undefined && base.value?.hash !== file.value.hash,
  )
  const editBlock = computed<EditBlock | undefined>(() => {
    const now = file.value
    if (!connection.session || !now) return undefined
    if (!connection.session.access.includes('admin')) return 'session'
    if (now.linkTarget !== undefined) return 'symlink'
    if (!now.readable) return 'unreadable'
    return now.writable ? undefined : 'not-writable'
  })

  const debugOption = computed(() => file.value?.effective.find((option) => option.key === 'debug'))
  /** Debug as it is in force; undefined while nobody knows. */
  const debug = computed<boolean | undefined>(() => {
    const value = debugOption.value?.value
    return typeof value === 'boolean' ? value : engine.engine?.debug
  })
  const debugByFlag = computed(() => debugOption.value?.source === 'flag')

  watch(
    () => engine.fileState,
    (now, before) => {
      if (now && active.value && (now.hash !== file.value?.hash || before !== undefined))
        void request.refresh()
    },
  )

  /** Reads daemon.json from now on; every page that shows it calls this. */
  function connect(): void {
    active.value = true
  }

  function edit(next: string): void {
    const now = file.value
    if (!now) return
    if (draft.value === undefined) {
      if (next === now.text) return
      base.value = { text: now.text, hash: now.hash }
    }
    draft.value = next
    // Back at the file's own text is no draft at all.
    if (next === base.value?.text && base.value.hash === now.hash) discard()
  }

  function discard(): void {
    draft.value = undefined
    base.value = undefined
  }

  /** Keeps the reader's text and lets it stand on the file as it is now. */
  function rebase(): void {
    const now = file.value
    if (now && draft.value !== undefined) base.value = { text: now.text, hash: now.hash }
  }

  function patch(more: Partial<Review>): void {
    if (review.value) review.value = { ...review.value, ...more }
  }

  async function begin(
    origin: Review['origin'],
    make: (client: Client, now: ConfigFile) => Promise<string>,
    more: Partial<Review> = {},
  ): Promise<void> {
    if (review.value) return
    const client = connection.client
    const activate = engine.connected ? 'reload' : 'none'
    review.value = {
      origin,
      stage: 'preparing',
      before: '',
      after: '',
      baseHash: '',
      activate,
      steps: [],
      ...more,
    }
    try {
      if (!client)
        throw new RemoteError({
          code: 'rpc/disconnected',
          message: 'There is no connection to Porthole’s core.',
        })
      const now = await client.call('config.read', {})
      request.data.value = now
      patch({
        before: now.text,
        baseHash: origin === 'editor' ? (base.value?.hash ?? now.hash) : now.hash,
      })
      const after = await make(client, now)
      const check = await client.call('config.check', { text: after, depth: 'validate' })
      patch({ after, check, stage: 'ready' })
    } catch (error) {
      patch({ stage: 'failed', failure: toFailure(error) })
    }
  }

  /** Opens the review of the reader's text. */
  function reviewDraft(): Promise<void> {
    return begin('editor', () => Promise.resolve(text.value))
  }

  /** Opens the review of debug turned on or off in the file as it is; a draft stays beside it. */
  function reviewDebug(on: boolean): Promise<void> {
    return begin(
      'debug',
      async (client, now) => (await client.call('config.edit', { text: now.text, set: { debug: on } })).text,
      { debug: on },
    )
  }

  /** Opens the review of a reload alone, which brings a changed file into force. */
  function reviewReload(): Promise<void> {
    return begin('reload', (_client, now) => Promise.resolve(now.text))
  }

  /** Applies what is under review and tells its steps as they happen. */
  async function apply(): Promise<void> {
    const now = review.value
    const client = connection.client
    if (!now || now.stage !== 'ready' || !client) return
    patch({ stage: 'applying', steps: [] })
    const abort = new AbortController()
    void follow(client, abort.signal)
    try {
      const result = await client.call('config.apply', {
        text: now.after,
        baseHash: now.baseHash,
        activate: now.activate,
      })
      patch({ stage: 'finished', result, steps: result.steps })
      if (result.outcome === 'applied') await settle(client, now)
    } catch (error) {
      patch({ stage: 'failed', failure: toFailure(error) })
    } finally {
      abort.abort()
      await Promise.all([request.refresh(), engine.refreshStatus()])
    }
  }

  async function follow(client: Client, signal: AbortSignal): Promise<void> {
    try {
      for await (const { items } of client.watch('config.progress', {}, { signal }))
        for (const item of items) {
          const now = review.value
          if (now?.stage === 'applying') patch({ steps: mergeStep(now.steps, item) })
        }
    } catch {
      // The apply itself tells how it ended; its steps come again with the answer.
    }
  }

  /** After an applied change: the draft is the file now, or takes the switched key over. */
  async function settle(client: Client, done: Review): Promise<void> {
    await request.refresh()
    if (done.origin === 'editor') discard()
    else if (draft.value !== undefined && done.debug !== undefined) {
      try {
        const merged = await client.call('config.edit', {
          text: draft.value,
          set: { debug: done.debug },
        })
        draft.value = merged.text
        rebase()
      } catch {
        // A draft that is no JSON yet stays as it is; the page says that the file changed.
      }
    }
  }

  /** Leaves the dialog; nothing changes by leaving. */
  function close(): void {
    if (review.value?.stage !== 'applying') review.value = undefined
  }

  return {
    connect,
    file,
    at: request.at,
    error: request.error,
    loading: request.loading,
    refresh: request.refresh,
    text,
    draft,
    dirty,
    changedUnderneath,
    editBlock,
    debug,
    debugByFlag,
    edit,
    discard,
    rebase,
    review,
    reviewDraft,
    reviewDebug,
    reviewReload,
    apply,
    close,
  }
})

/** Steps in their order, each with its latest state. */
export function mergeStep(steps: readonly ApplyStep[], next: ApplyStep): ApplyStep[] {
  const at = steps.findIndex((step) => step.step === next.step)
  return at < 0 ? [...steps, next] : steps.map((step, index) => (index === at ? next : step))
}
