import { closeSync } from 'node:fs'
import { HelperError } from '../verb'
import { rootOf, toldPath } from './located'
import { Owners, type Owner } from './owners'
import { follow, type Place } from './places'
import { recentReferences } from './recent'
import { closeRoots, openRoots, type StoreInUse } from './roots'
import { isSecretFile, maskJson, maskKeys } from './secrets'
import { head, type Name } from './tree'

/** Most bytes of a file that are read. */
const LIMIT = 1024 * 1024
/** Room for the text of an answer, which holds 1 MiB and writes some characters as six. */
const MAX_TEXT = 600_000

export interface FileHead {
  path: string
  sizeBytes: number
  owner: Owner
  meaning?: string
  kind: 'text' | 'json' | 'binary' | 'secret'
  text?: string
  cut: boolean
  masked: number
}

/**
 * The head of a plain file below a root. No link is followed, and nothing that is not a plain file
 * is opened: a fifo would wait, a device may do anything. Environments and keys are masked here,
 * before anything leaves. Throws `helper/path-refused`.
 */
export async function readHead(request: {
  pid: number | undefined
  store: StoreInUse
  path: string
}): Promise<FileHead> {
  const roots = openRoots(request.pid, request.store)
  try {
    const { root, names } = rootOf(roots, request.path)
    const rule = follow(root.rule, names)
    const path = toldPath(roots, root, names)
    const opened = root.tree.openFile(names)
    if (opened === undefined)
      throw new HelperError('helper/path-refused', `${path} is no plain file.`, {
        hint: 'It may be gone, or it is a folder, a link, a device or a pipe.',
        detail: { path },
      })
    try {
      const owners = new Owners(await recentReferences(roots), request.store)
      return {
        path,
        sizeBytes: opened.stat.size,
        owner: owners.of(rule.place, path),
        ...(rule.meaning === undefined ? {} : { meaning: rule.meaning }),
        ...contentOf(head(opened.fd, LIMIT), opened.stat.size, rule.place, names),
      }
    } finally {
      closeSync(opened.fd)
    }
  } finally {
    closeRoots(roots)
  }
}

type Content = Pick<FileHead, 'kind' | 'text' | 'cut' | 'masked'>

function contentOf(bytes: Buffer, size: number, place: Place, names: readonly Name[]): Content {
  const cut = size > bytes.length
  if (isSecretFile(place, names)) return { kind: 'secret', cut, masked: 1 }
  if (bytes.includes(0)) return { kind: 'binary', cut, masked: 0 }
  const json = cut ? undefined : parse(bytes)
  if (json !== undefined) {
    const { text, masked } = maskJson(json)
    return limited('json', text, false, masked)
  }
  // A container's own files are JSON; one that is torn could tell its secrets in any form.
  if (place.what === 'container-files' && /\.json$/.test(String(names.at(-1))))
    return { kind: 'secret', cut, masked: 1 }
  const { text, masked } = maskKeys(bytes.toString('utf8'))
  return limited('text', text, cut, masked)
}

function limited(kind: 'text' | 'json', text: string, cut: boolean, masked: number): Content {
  // What JSON writes as an escape takes up to six bytes, what is not ASCII up to four.
  if (JSON.stringify(text).length <= MAX_TEXT) return { kind, text, cut, masked }
  let length = Math.min(text.length, MAX_TEXT)
  while (Buffer.byteLength(JSON.stringify(text.slice(0, length))) > MAX_TEXT)
    length = Math.floor(length * 0.8)
  return { kind: 'text', text: text.slice(0, length), cut: true, masked }
}

function parse(bytes: Buffer): object | undefined {
  const text = bytes.toString('utf8')
  if (!/^\s*[[{]/.test(text)) return undefined
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? value : undefined
  } catch {
    return undefined
  }
}
