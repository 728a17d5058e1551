import { AppError } from '../../contract/errors'
import { plain } from './plain'

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

/** A name with or without tag and digest, or an id, cut short or not; what else is wrong with it the engine says. */
const NAME = /^[A-Za-z0-9]+(?:[._:@/-]+[A-Za-z0-9]+)*$/

/**
 * A name as a part of a path of the API. What is no name is refused here: `..` and the like lead to other
 * parts of the API, to which docker-modem would follow. Throws `engine/refused`.
 */
export function inPath(name: string): string {
  if (NAME.test(name) && !/\/[./]|[./]\/|\.\./.test(name)) return encodeURIComponent(name)
  throw new AppError('engine/refused', `${plain(name, 200)} is no name of an image.`, {
    hint: 'Names are like web:1 or localhost:5000/team/web:1; ids like sha256:… or their first letters.',
  })
}

/** The repository of a name with a tag or a digest. */
export function repositoryOf(name: string): string {
  return name.includes('@') ? name.slice(0, name.indexOf('@')) : splitName(name).repo
}
