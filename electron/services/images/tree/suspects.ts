import { credentialByName, mayBeCredential, type Credential } from '../contents'
import { NONE, TYPES, type ImageTree } from './tree'

/** Files of an image that look like credentials, by their names: each name is looked at once. */
export class Suspects {
  readonly #names: Uint8Array

  constructor(private readonly tree: ImageTree) {
    this.#names = new Uint8Array(tree.names)
    for (let name = 0; name < tree.names; name += 1)
      this.#names[name] = mayBeCredential(tree.nameText(name)) ? 1 : 0
  }

  /** Of a path that some layer has as a file. */
  of(node: number): Credential | undefined {
    const { tree } = this
    const folder = tree.parent(node)
    if (folder === NONE || this.#names[tree.nameNumber(node)] !== 1) return undefined
    const credential = credentialByName(tree.name(node), tree.path(folder))
    if (credential === undefined) return undefined
    for (const version of tree.versions(node)) if (isFile(TYPES[tree.type(version)])) return credential
    return undefined
  }
}

export function isFile(type: string | undefined): boolean {
  return type === 'file' || type === 'hardlink'
}
