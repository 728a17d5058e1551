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
  const without = (what: string) => t(`imageCompare.help.without.${what}`, {})
  const layers = opened?.layers ?? []
  const [lowest] = layers
  const topmost = layers.at(-1)
  const others = [...new Set(layers.flatMap(({ sharedBy }) => sharedBy))].map((name) => visibleText(name))
  const said = (layer: Layer | undefined, none: string) => {
    if (layer === undefined) return without(none)
    if (layer.createdBy === undefined) return without('untold')
    const text = visibleText(instructionText(layer.createdBy))
    return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text
  }
  const used = images.find(({ containers }) => containers.length > 0)?.containers[0]
  return {
    images: t('imageCompare.help.images', { n: formatNumber(images.length, locale) }, images.length),
    name: opened === undefined ? without('name') : visibleText(opened.name),
    layers:
      layers.length === 0
        ? without('layers')
        : t('imageCompare.help.layers', { n: layers.length }, layers.length),
    lowest: said(lowest, 'lowest'),
    topmost: said(topmost, 'topmost'),
    chainId: topmost === undefined ? without('chainId') : shortId(topmost.chainId),
    directory: layers.findLast(({ directory }) => directory !== undefined)?.directory ?? without('directory'),
    others:
      others.length === 0
        ? without(opened === undefined ? 'others' : 'nobody')
        : [...others.slice(0, NAMED), ...(others.length > NAMED ? ['…'] : [])].join(', '),
    container: used === undefined ? without('container') : visibleText(used),
  }
}
