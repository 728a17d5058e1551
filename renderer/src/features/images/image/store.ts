import { defineStore } from 'pinia'
import { computed, nextTick, ref, shallowRef, watch } from 'vue'
import { useEngine } from '../../../app/engine'
import { useConnection } from '../../../remote/connection'
import { useAsk } from '../../../remote/use-ask'
import { CHANGES, type Change } from '../change'
import type { OpenedImage } from '../opened'
import { useReading, type Reader } from '../reading'
import type { Layer, Spot } from './contents'
import { useListing } from './tree/listing'

export type View = 'files' | 'map' | 'wasted' | 'credentials'
export type Mode = 'layer' | 'merged'

/** As long as the contract lets a search take, which may have to read the image first; milliseconds. */
const SEARCH_MS = 540_000
/** What every path has: the text of a search for credentials alone. */
const ANY = '/'

/** One image as it is looked into: its layers, what lies in them, and where the reader is. */
export const useContents = defineStore('image-contents', () => {
  const engine = useEngine()
  const connection = useConnection()
  const reading = useReading()
  const listed = useAsk('image.layers')
  const search = useAsk('image.search', { timeoutMs: SEARCH_MS })

  const image = shallowRef<OpenedImage>()
  const layer = ref(0)
  const mode = ref<Mode>('merged')
  const view = ref<View>('files')
  const onlyChanges = ref(false)
  /** Changes the files are narrowed to; none for all. */
  const chosen = shallowRef<ReadonlySet<Change>>(new Set())
  const words = ref('')
  const credentialsOnly = ref(false)
  /** The file that is read. */
  const opened = shallowRef<Spot>()
  /** A path that was to be shown and is not there. */
  const lost = ref<string>()

  const analysis = computed(() => image.value?.analysis ?? reading.analysis.value)
  /** The layers, the lowest first. */
  const layers = computed<readonly Layer[] | undefined>(() => analysis.value?.layers ?? listed.data.value)
  const searching = computed(() => words.value.trim() !== '' || credentialsOnly.value)
  /** What was found is in sight; it stays found while the reader has gone to one of it. */
  const foundShown = ref(false)
  const gone = computed(() =>
    [reading.failure.value, listed.failure.value, listing.failure.value].some(
      (why) => why?.code === 'engine/not-found' || why?.code === 'image/not-open',
    ),
  )

  const changes = computed((): readonly Change[] | undefined => {
    if (chosen.value.size > 0) return CHANGES.filter((change) => chosen.value.has(change))
    return mode.value === 'merged' && onlyChanges.value ? CHANGES : undefined
  })
  const listing = useListing(
    computed(() => {
      const id = image.value?.id
      if (id === undefined || !analysis.value || analysis.value.layers.length === 0) return undefined
      return {
        image: id,
        layer: layer.value,
        mode: mode.value,
        ...(changes.value === undefined ? {} : { changes: [...changes.value] }),
      }
    }),
  )

  /** Begins with an image; what is known of the one in sight stays. */
  function open(next: OpenedImage): void {
    const same = image.value?.id === next.id
    image.value = next
    if (!same) forget()
    if (next.analysis) {
      if (!same) layer.value = Math.max(0, next.analysis.layers.length - 1)
      return
    }
    if (!listed.data.value) void askLayers(next.id)
    if (!analysis.value && !reading.running.value && !reading.stopped.value && !reading.failure.value)
      void reading.read(next.id)
  }

  async function askLayers(id: string): Promise<void> {
    const answer = await listed.ask({ image: id })
    if (answer && image.value?.id === id && !analysis.value) layer.value = Math.max(0, answer.length - 1)
  }

  function forget(): void {
    reading.clear()
    listed.clear()
    search.clear()
    layer.value = 0
    words.value = ''
    credentialsOnly.value = false
    chosen.value = new Set()
    opened.value = undefined
    lost.value = undefined
    view.value = 'files'
  }

  /** Reads all layers again, by a reader of that name or the cheapest. */
  function read(reader?: Reader): void {
    const id = image.value?.id
    if (id === undefined) return
    if (!listed.data.value) void askLayers(id)
    void reading.read(id, reader)
  }

  function choose(change: Change, on: boolean): void {
    const next = new Set(chosen.value)
    if (on) next.add(change)
    else next.delete(change)
    chosen.value = next
  }

  /** Shows a path in a layer, without any filter. */
  async function show({ layer: at, path }: Spot, how: Mode = 'layer'): Promise<void> {
    lost.value = undefined
    layer.value = at
    mode.value = how
    chosen.value = new Set()
    onlyChanges.value = false
    foundShown.value = false
    if (view.value !== 'map') view.value = 'files'
    // The listing begins with the new layer once this turn is over.
    await nextTick()
    if (!(await listing.reveal(path)) && layer.value === at) lost.value = path
  }

  async function find(): Promise<void> {
    const id = image.value?.id
    if (id === undefined || !searching.value) {
      search.clear()
      return
    }
    foundShown.value = true
    await search.ask({ image: id, text: words.value.trim() || ANY, credentials: credentialsOnly.value })
  }

  function stopSearch(): void {
    words.value = ''
    credentialsOnly.value = false
    search.clear()
  }

  watch([words, credentialsOnly], () => (foundShown.value = searching.value))

  // The first layers that are known decide where the reader begins: at the top, as a container does.
  watch(analysis, (now, before) => {
    if (now && !before && !listed.data.value) layer.value = Math.max(0, now.layers.length - 1)
    if (now && layer.value >= now.layers.length) layer.value = Math.max(0, now.layers.length - 1)
  })
  watch(
    () => connection.client,
    (client) => {
      if (client && image.value) open(image.value)
    },
  )
  watch(
    () => engine.link?.endpoint,
    (_now, before) => {
      if (before === undefined) return
      image.value = undefined
      forget()
    },
  )

  return {
    image,
    layers,
    layer,
    mode,
    view,
    onlyChanges,
    chosen,
    words,
    credentialsOnly,
    searching,
    foundShown,
    opened,
    lost,
    analysis,
    gone,
    progress: reading.progress,
    running: reading.running,
    stopped: reading.stopped,
    failure: reading.failure,
    layersFailure: listed.failure,
    stop: reading.stop,
    found: search.data,
    findFailure: search.failure,
    finding: search.since,
    rows: listing.rows,
    folders: listing.folders,
    selected: listing.selected,
    entry: listing.entry,
    sort: listing.sort,
    turning: listing.turning,
    listFailure: listing.failure,
    list: listing.list,
    again: listing.again,
    toggle: listing.toggle,
    expand: listing.expand,
    reveal: listing.reveal,
    open,
    read,
    choose,
    show,
    find,
    stopSearch,
  }
})
