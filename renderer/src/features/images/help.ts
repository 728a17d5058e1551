import { computed, type ComputedRef, type Ref } from 'vue'
import { useI18n } from 'vue-i18n'
import { useImages } from '../../app/images/images'
import { useAsk } from '../../remote/use-ask'
import { helpFacts } from './help-facts'
import { useContents } from './image/store'
import { nameOf } from './names'
import type { OpenedImage } from './opened'

/**
 * Values of "How it works": of the image on screen, else of the first that has a name, whose layers
 * are asked for once somebody wants to read.
 */
export function useHelpFacts(opened: Ref<OpenedImage | undefined>): {
  facts: ComputedRef<Record<string, string>>
  learn: () => void
} {
  const { t, locale } = useI18n()
  const images = useImages()
  const contents = useContents()
  const asked = useAsk('image.layers')

  const example = computed(() => images.list.find(({ tags }) => tags.length > 0))
  const shown = computed(() => {
    const { image, layers } = contents
    if (opened.value && image && layers) return { name: nameOf(image), layers }
    if (!example.value || !asked.data.value) return undefined
    return { name: nameOf(example.value), layers: asked.data.value }
  })
  const facts = computed(() =>
    helpFacts(
      { images: images.list, ...(shown.value === undefined ? {} : { opened: shown.value }) },
      t,
      locale.value,
    ),
  )
  function learn(): void {
    if (shown.value === undefined && example.value) void asked.ask({ image: example.value.id })
  }
  return { facts, learn }
}
