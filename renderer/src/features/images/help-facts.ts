import type { OutputOf } from '../../../../electron/contract/contract'
import { formatNumber, shortId } from '../../lib/format'
import { visibleText } from '../../lib/visible-text'
import { instructionText } from './instruction'
import type { ImageSummary } from './opened'

type Layer = OutputOf<'image.layers'>[number]
type Translate = (key: string, named: Record<string, unknown>, plural?: number) => string

/** Longest instruction in a sentence. */
const LONGEST = 80
/** Names of other images in a sentence. */
const NAMED = 4

/** Values of "How it works" that only this page knows: images that are here, layers on screen. */
export function helpFacts(
  {
    images,
    opened,
  }: { images: readonly ImageSummary[]; opened?: { name: string; layers: readonly Layer[] } },
  t: Translate,
  locale: string,
): Record<string, string> {
  const none = t('imageCompare.help.none', {})
  const layers = opened?.layers ?? []
  const [lowest] = layers
  const topmost = layers.at(-1)
  const others = [...new Set(layers.flatMap(({ sharedBy }) => sharedBy))].map((name) => visibleText(name))
  const said = (layer: Layer | undefined) => {
    if (layer?.createdBy === undefined) return none
    const text = visibleText(instructionText(layer.createdBy))
    return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text
  }
  return {
    images: t('imageCompare.help.images', { n: formatNumber(images.length, locale) }, images.length),
    name: opened === undefined ? t('imageCompare.help.anImage', {}) : visibleText(opened.name),
    layers: layers.length === 0 ? none : t('imageCompare.help.layers', { n: layers.length }, layers.length),
    lowest: said(lowest),
    topmost: said(topmost),
    chainId: topmost === undefined ? none : shortId(topmost.chainId),
    directory: layers.findLast(({ directory }) => directory !== undefined)?.directory ?? none,
    others:
      others.length === 0
        ? t('imageCompare.help.nobody', {})
        : [...others.slice(0, NAMED), ...(others.length > NAMED ? ['…'] : [])].join(', '),
    container: visibleText(images.find(({ containers }) => containers.length > 0)?.containers[0] ?? none),
  }
}
