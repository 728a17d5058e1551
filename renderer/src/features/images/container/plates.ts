import type { OutputOf } from '../../../../../electron/contract/contract'
import { compileSearch } from '../../../lib/search'
import { instructionText } from '../instruction'

type Stack = OutputOf<'container.mountStack'>

/** A directory of the stack as it is drawn. */
export interface Plate {
  key: string
  kind: Stack['layers'][number]['kind'] | 'work'
  directory: string
  mountedAs?: string | undefined
  index?: number | undefined
  /** The instruction that made a layer. */
  said?: string | undefined
}

/** The folder that all of these paths lie in, with its last slash; nothing where that is the root. */
export function commonFolder(paths: readonly string[]): string {
  const [first = ''] = paths
  let length = first.lastIndexOf('/') + 1
  for (const path of paths)
    while (length > 0 && !path.startsWith(first.slice(0, length)))
      length = first.lastIndexOf('/', length - 2) + 1
  return length > 1 ? first.slice(0, length) : ''
}

/**
 * Directories from the topmost down, work beside upper; those with the words where there are any.
 * `base` is the folder that all of them lie in.
 */
export function platesOf({ layers, work }: Stack, words: string): { shown: Plate[]; base: string } {
  const search = compileSearch(words.trim(), false)
  const plates = layers.flatMap((layer, at): Plate[] => {
    const { kind, directory, mountedAs, index, createdBy } = layer
    const plate: Plate = {
      key: `${kind} ${at}`,
      kind,
      directory,
      mountedAs: mountedAs === directory ? undefined : mountedAs,
      index,
      said: createdBy === undefined ? undefined : instructionText(createdBy),
    }
    const beside: Plate[] = work === undefined ? [] : [{ key: 'work', kind: 'work', directory: work }]
    return kind === 'upper' ? [plate, ...beside] : [plate]
  })
  const shown = plates.filter(({ directory, mountedAs, said, kind }) =>
    [kind, directory, mountedAs ?? '', said ?? ''].some((each) => search.test(each)),
  )
  return { shown, base: commonFolder(plates.map(({ directory }) => directory)) }
}
