import { useDocumentVisibility, useThrottleFn } from '@vueuse/core'
import { defineStore } from 'pinia'
import { computed, ref, watch } from 'vue'
import type { OutputOf } from '../../../../electron/contract/contract'
import { useRequest } from '../../remote/use-request'
import { useStream } from '../../remote/use-stream'
import { useEngine } from '../engine'

export type ImageSummary = OutputOf<'images.list'>[number]

/** Shortest pause between two readings while events come in, in milliseconds. */
const PAUSE_MS = 500
/** Events after which the list is another one: of images, and of containers that use them. */
const FILTERS = {
  type: ['image', 'container'],
  event: [
    'create',
    'tag',
    'untag',
    'delete',
    'import',
    'load',
    'pull',
    'prune',
    'commit',
    'destroy',
    'rename',
  ],
}

/** The engine's images, for the whole window: asked when somebody wants them, then kept by its events. */
export const useImages = defineStore('images', () => {
  const engine = useEngine()
  const wanted = ref(false)
  const request = useRequest('images.list', {}, { active: wanted })
  const list = computed(() => request.data.value ?? [])
  const byName = computed(() => new Map(list.value.flatMap((image) => namesOf(image))))

  /** Has the list read once, where nobody has asked for it yet. */
  function know(): void {
    wanted.value = true
  }

  /** Keeps the list as the engine has it while the caller's scope lives. */
  function connect(): void {
    if (wanted.value) void request.refresh()
    else know()
    const refresh = useThrottleFn(() => request.refresh(), PAUSE_MS, true, true)
    useStream(
      'events.watch',
      { filters: FILTERS },
      { active: () => engine.connected, onBatch: () => void refresh() },
    )
    // Nobody heard what happened while the link was down or the window hidden, and older engines say
    // nothing of what BuildKit has built.
    const visibility = useDocumentVisibility()
    watch([() => engine.connected, visibility], ([connected, seen]) => {
      if (connected && seen === 'visible') void request.refresh()
    })
  }

  /** The image that an id, the beginning of one, a tag or a digest means; undefined where none does. */
  function find(name: string): ImageSummary | undefined {
    const known = byName.value.get(name) ?? byName.value.get(`${name}:latest`)
    if (known) return known
    const hex = name.replace(/^sha256:/, '')
    if (!SHORT_ID.test(hex)) return undefined
    const begun = list.value.filter(({ id }) => id.startsWith(`sha256:${hex}`))
    return begun.length === 1 ? begun[0] : undefined
  }

  watch(
    () => engine.link?.endpoint,
    (_now, before) => {
      if (before === undefined) return
      request.data.value = undefined
      if (wanted.value) void request.refresh()
    },
  )

  return {
    list,
    known: computed(() => request.data.value !== undefined),
    failure: request.error,
    refresh: request.refresh,
    know,
    connect,
    find,
  }
})

const SHORT_ID = /^[0-9a-f]{6,64}$/

function namesOf(image: ImageSummary): [string, ImageSummary][] {
  return [image.id, ...image.tags, ...image.digests].map((name) => [name, image])
}
