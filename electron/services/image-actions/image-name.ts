import { AppError } from '../../contract/errors'

/**
 * A name as the engine wants it in two parts; without a tag it is `latest`. Whether it is one at all the
 * engine says. Throws `engine/refused` for a name with a digest, which belongs to one image for good.
 */
export function splitName(name: string): { repo: string; tag: string } {
  if (name.includes('@'))
    throw new AppError('engine/refused', 'A name with a digest cannot be given to an image.', {
      hint: 'Leave out the @ and what follows it.',
    })
  const colon = name.lastIndexOf(':')
  // A port stands before the last slash.
  if (colon <= name.lastIndexOf('/')) return { repo: name, tag: 'latest' }
  return { repo: name.slice(0, colon), tag: name.slice(colon + 1) }
}

/** The repository of a name with a tag or a digest. */
export function repositoryOf(name: string): string {
  return name.includes('@') ? name.slice(0, name.indexOf('@')) : splitName(name).repo
}
