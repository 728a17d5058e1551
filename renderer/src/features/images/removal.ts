import type { OutputOf } from '../../../../electron/contract/contract'
import type { ImageSummary } from '../../app/images/images'

export type RemovePreview = OutputOf<'image.previewRemove'>

/** What is asked to go, as the list knows it: `asked` is its id or one of its names. */
export interface Removal {
  image: Pick<ImageSummary, 'id' | 'tags' | 'digests'>
  asked: string
  preview: RemovePreview
}

/** Whether the names that go are all there are: the image would go with them. */
export function takesLastName({ image, preview }: Removal): boolean {
  return [...image.tags, ...image.digests].every((name) => preview.untags.includes(name))
}

/**
 * Why the engine would refuse: a container keeps an image that would go, and images built on it keep
 * one that is asked for by its id. A name that is one of several can always be taken away.
 */
export function keptBy(removal: Removal): 'containers' | 'children' | undefined {
  const { image, asked, preview } = removal
  if (preview.containers.length > 0 && takesLastName(removal)) return 'containers'
  return preview.children > 0 && asked === image.id ? 'children' : undefined
}
