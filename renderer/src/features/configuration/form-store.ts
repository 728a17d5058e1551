import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'
import { useConfig, type CheckResult } from '../../app/config-apply/config'
import { useEngine } from '../../app/engine'
import { usePreferences } from '../../app/preferences'
import { useConnection } from '../../remote/connection'
import { toFailure, type Failure } from '../../remote/failure'
import { useRequest } from '../../remote/use-request'
import { readDocument, type Place } from './document'
import {
  resetOf,
  rowsOf,
  selectStates,
  stateOf,
  strangerOption,
  type Category,
  type ConfigOption,
} from './option'

export const VIEWS = ['form', 'json', 'in-force', 'history'] as const
export type View = (typeof VIEWS)[number]

/** The two views of daemon.json: where the reader is in them, and the form's edits on the one text. */
export const useForm = defineStore('config-form', () => {
  const config = useConfig()
  const connection = useConnection()
  const engine = useEngine()
  const preferences = usePreferences()

  const view = ref<View>('form')
  const query = ref('')
  const category = ref<Category | 'all'>('container-logging')
  const onlyDiffering = ref(false)
  /** Option the form has to show, line the editor has to show; taken once. */
  const wantedKey = ref<string>()
  const wantedPlace = ref<Place>()

  const active = ref(false)
  const request = useRequest(
    'config.options',
    // The version stands for the engine in use: another engine, other options.
    () => ({ language: preferences.spoken }),
    { active },
  )
  const options = computed<readonly ConfigOption[]>(() => request.data.value ?? [])
  /** What the page knows from checking the text. */
  const check = shallowRef<CheckResult>()

  /** Edits on their way into the text; what the form shows meanwhile. Undefined removes a key. */
  const pending = shallowRef<ReadonlyMap<string, unknown>>(new Map())
  const failure = shallowRef<Failure>()
  let writing = false

  const document = computed(() => readDocument(config.text))
  const values = computed<ReadonlyMap<string, unknown>>(() => {
    const now = new Map(document.value.values)
    for (const [key, value] of pending.value) {
      if (value === undefined) now.delete(key)
      else now.set(key, value)
    }
    return now
  })
  const onDisk = computed(() => readDocument(config.file?.text ?? ''))
  /** Why the form cannot be edited; a text that is no JSON is only edited as text. */
  const locked = computed(() => config.editBlock !== undefined || document.value.fault !== undefined)

  const rows = computed(() => {
    const own = rowsOf(options.value)
    if (own.length === 0) return []
    const known = new Set(own.map(({ key }) => key))
    return [...own, ...[...values.value.keys()].filter((key) => !known.has(key)).map(strangerOption)]
  })
  const states = computed(() =>
    rows.value.map((option) =>
      stateOf(option, {
        values: values.value,
        lines: document.value.lines,
        file: config.file,
        problems: check.value?.problems ?? [],
        changes: check.value?.changes ?? [],
      }),
    ),
  )
  const shown = computed(() =>
    selectStates(states.value, {
      query: query.value,
      category: category.value,
      onlyDiffering: onlyDiffering.value,
    }),
  )

  /** Rows that are being typed, by engine and option: they outlive the row on the screen. */
  const scratches = new Map<string, Map<string, unknown>>()
  const scratch = computed(() => {
    const endpoint = engine.link?.endpoint ?? ''
    const kept = scratches.get(endpoint) ?? new Map<string, unknown>()
    scratches.set(endpoint, kept)
    return kept
  })

  /** Puts a value into the text, or takes the key out of it; order, indentation and all else stay. */
  function set(key: string, value: unknown): void {
    if (locked.value) return
    pending.value = new Map(pending.value).set(key, value)
    void write()
  }

  async function write(): Promise<void> {
    if (writing) return
    writing = true
    try {
      while (pending.value.size > 0) {
        const client = connection.client
        if (!client) return
        const sent = pending.value
        const [text, hadDraft] = [config.text, config.draft !== undefined]
        const answer = await client.call('config.edit', { text, ...asEdit(sent) })
        // Thrown away meanwhile: then the reader wants none of it.
        const discarded = hadDraft && config.draft === undefined
        if (config.text === text) config.edit(answer.text)
        else if (!discarded) continue
        pending.value = new Map(
          [...pending.value].filter(([key, value]) => !(sent.has(key) && Object.is(sent.get(key), value))),
        )
      }
      failure.value = undefined
    } catch (error) {
      pending.value = new Map()
      failure.value = toFailure(error)
    } finally {
      writing = false
    }
  }

  /** What giving an option back to its default would do. */
  function resetFor(option: ConfigOption) {
    return resetOf(option, onDisk.value.values.has(option.key))
  }

  /** Shows an option in the form, whatever was searched for. */
  function showOption(key: string): void {
    const top = options.value.find((each) => each.key === key)?.inside ?? key.split('.')[0] ?? key
    const found = options.value.find((each) => each.key === top)
    query.value = ''
    onlyDiffering.value = false
    if (found) category.value = found.category
    view.value = 'form'
    wantedKey.value = top
  }

  function showPlace(line: number, column = 1): void {
    view.value = 'json'
    wantedPlace.value = { line, column }
  }

  return {
    view,
    query,
    category,
    onlyDiffering,
    wantedKey,
    wantedPlace,
    active,
    options,
    optionsError: request.error,
    refreshOptions: request.refresh,
    check,
    failure,
    document,
    values,
    locked,
    states,
    shown,
    scratch,
    set,
    resetFor,
    showOption,
    showPlace,
    version: computed(() => engine.engine?.version),
  }
})

type Json = string | number | boolean | null | Json[] | { [key: string]: Json }

function asEdit(edits: ReadonlyMap<string, unknown>): { set: Record<string, Json>; unset: string[] } {
  const all = [...edits]
  return {
    set: Object.fromEntries(all.filter(([, value]) => value !== undefined)) as Record<string, Json>,
    unset: all.filter(([, value]) => value === undefined).map(([key]) => key),
  }
}
