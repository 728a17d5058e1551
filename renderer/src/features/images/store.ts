import { defineStore } from 'pinia'
import { computed, reactive, ref, watch } from 'vue'
import { useEngine } from '../../app/engine'
import { useImages } from '../../app/images/images'
import { useConnection } from '../../remote/connection'
import { orderImages, type ImageFilter, type ImageSort } from './order'

/** How the reader looks at the list of images; stays while they are on another page. */
export const useImagesPage = defineStore('images-page', () => {
  const images = useImages()
  const connection = useConnection()
  const engine = useEngine()

  const filter = reactive<ImageFilter>({ text: '', dangling: false, unused: false })
  const sort = ref<ImageSort>('created')
  const rows = computed(() => orderImages(images.list, filter, sort.value))
  const largest = computed(() => images.list.reduce((most, { sizeBytes }) => Math.max(most, sizeBytes), 1))

  const access = computed(() => new Set(connection.session?.access ?? []))
  /** Why names and images cannot be changed: the session may only look. */
  const readOnly = computed(() => !access.value.has('write'))
  /** Files of this machine are read and written as an administrator. */
  const noFiles = computed(() => !access.value.has('admin'))

  function showAll(): void {
    filter.text = ''
    filter.dangling = false
    filter.unused = false
  }

  watch(
    () => engine.link?.endpoint,
    (_now, before) => {
      if (before !== undefined) showAll()
    },
  )

  return { filter, sort, rows, largest, readOnly, noFiles, showAll }
})
