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

/** Directories from the topmost down, work beside upper; those with the words where there are any. */
export function platesOf({ layers, work }: Stack, words: string): { shown: Plate[] } {
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
  return { shown }
}
