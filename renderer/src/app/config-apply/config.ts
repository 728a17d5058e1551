import { defineStore } from 'pinia'
import { computed, ref, shallowRef, watch } from 'vue'
import type { ItemOf, OutputOf } from '../../../../electron/contract/contract'
import { useConnection } from '../../remote/connection'
import { useRequest } from '../../remote/use-request'
import { useEngine } from '../engine'
import type { Job, Proposal } from './proposal'

export type ConfigFile = OutputOf<'config.read'>
export type CheckResult = OutputOf<'config.check'>
export type ApplyResult = OutputOf<'config.apply'>
export type ApplyStep = ItemOf<'config.progress'>
export type Problem = CheckResult['problems'][number]
export type Change = CheckResult['changes'][number]

/** Why daemon.json cannot be changed from here. */
export type EditBlock = 'session' | 'unreadable' | 'symlink' | 'not-writable'

/** daemon.json as it is, the reader's own text of it, and what was proposed to be done to it. */
export const useConfig = defineStore('config', () => {
  const connection = useConnection()
  const engine = useEngine()
  const active = ref(false)
  const request = useRequest('config.read', {}, { active: () => active.value && engine.answered })
  const file = computed(() => request.data.value)

  /** The reader's text; undefined while it is the file's. Outlives the page. */
  const draft = ref<string>()
  /** The file the draft began from. */
  const base = shallowRef<{ text: string; hash: string }>()

  const text = computed(() => draft.value ?? file.value?.text ?? '')
  const dirty = computed(() => draft.value !== undefined && draft.value !== base.value?.text)
  const changedUnderneath = computed(
    () => dirty.value && file.value !== undefined && base.value?.hash !== file.value.hash,
  )
  /** This session may change daemon.json and the daemon's life. */
  const admin = computed(() => connection.session?.access.includes('admin') === true)
  const editBlock = computed<EditBlock | undefined>(() => {
    const now = file.value
    if (!connection.session || !now) return undefined
    if (!admin.value) return 'session'
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

  /** Texts of engines that are not looked at now, by endpoint: a text belongs to one file. */
  const putAside = new Map<string, { draft: typeof draft.value; base: typeof base.value }>()
  watch(
    () => engine.link?.endpoint,
    (now, before) => {
      if (now === undefined || before === undefined) return
      putAside.set(before, { draft: draft.value, base: base.value })
      const kept = putAside.get(now)
      draft.value = kept?.draft
      base.value = kept?.base
      // Neither the file nor what was to be done to it is the other engine's.
      request.data.value = undefined
      if (job.value?.running !== true) proposal.value = job.value = undefined
      if (active.value) void request.refresh()
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

  /** What the review is about; its dialog and all that it does come with the first one. */
  const proposal = shallowRef<Proposal>()
  /** Set while a change is under way, and until its end was seen. */
  const job = shallowRef<Job>()
  /** The dialog is put aside while the change goes on. */
  const aside = ref(false)

  /** Opens the review. One that is there already stays, and comes to the front. */
  function propose(next: Proposal): void {
    aside.value = false
    proposal.value ??= next
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
    base,
    dirty,
    changedUnderneath,
    admin,
    editBlock,
    debug,
    debugByFlag,
    edit,
    discard,
    rebase,
    proposal,
    job,
    aside,
    propose,
    /** Opens the review of the reader's text. */
    reviewDraft: () => propose({ kind: 'draft' }),
    /** Opens the review of debug turned on or off in the file as it is; a draft stays beside it. */
    reviewDebug: (on: boolean) => propose({ kind: 'debug', on }),
    /** Opens the review of what brings a changed file into force. */
    reviewReload: () => propose({ kind: 'engine', action: 'reload' }),
  }
})
