import { readHead, type FileHead } from '../storage/file-head'
import { findOwner, type Finding, type FindRequest } from '../storage/find'
import { listFolder, type Listed, type ListRequest } from '../storage/list'
import type { Verb } from '../verb'
import { Input } from './input'
import { storeOf } from './scan'

/** Entries of a folder of the data-root, with what each is. */
export const listStorage: Verb<ListRequest, Listed> = {
  name: 'list-storage',
  parse(input) {
    const fields = Input.of(input, ['pid', 'driver', 'imageStore', 'path', 'after'])
    return {
      ...storeOf(fields),
      path: fields.text('path', 8_192),
      after: fields.optional('after', (name) => fields.text(name, 1_024)),
    }
  },
  run: (request) => listFolder(request),
}

/** Whom something of the data-root belongs to. */
export const findStorage: Verb<FindRequest, Finding> = {
  name: 'find-storage',
  parse(input) {
    const fields = Input.of(input, ['pid', 'driver', 'imageStore', 'words'])
    return { ...storeOf(fields), words: fields.text('words', 16_384) }
  },
  run: (request, { signal }) => findOwner(request, signal),
}

/** The head of a file of the data-root, secrets masked. */
export const readStorage: Verb<Pick<ListRequest, 'pid' | 'store' | 'path'>, FileHead> = {
  name: 'read-storage',
  parse(input) {
    const fields = Input.of(input, ['pid', 'driver', 'imageStore', 'path'])
    return { ...storeOf(fields), path: fields.text('path', 8_192) }
  },
  run: (request) => readHead(request),
}
