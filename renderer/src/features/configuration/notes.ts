import type { ConfigFile, EditBlock } from '../../app/config-apply/config'

/** Something about the file or the session that the reader must know before editing. */
export interface PageNote {
  kind: 'session' | 'symlink' | 'not-writable' | 'absent' | 'empty' | 'desktop' | 'snap' | 'down' | 'denied'
}

export interface Standing {
  file: Pick<ConfigFile, 'exists' | 'readable' | 'text' | 'path'>
  block: EditBlock | undefined
  dirty: boolean
  /** How the daemon answers. */
  link: 'connected' | 'down' | 'denied'
  desktop: boolean
}

/** Notes in the order of weight: whose file it is, what forbids editing it, what is unusual about it. */
export function notesOf({ file, block, dirty, link, desktop }: Standing): PageNote[] {
  const notes: PageNote[] = []
  if (desktop) notes.push({ kind: 'desktop' })
  else if (/^\/var\/snap\//.test(file.path)) notes.push({ kind: 'snap' })
  if (block === 'session' || block === 'symlink' || block === 'not-writable') notes.push({ kind: block })
  if (link !== 'connected' && file.readable) notes.push({ kind: link })
  if (!dirty && file.readable) {
    if (!file.exists) notes.push({ kind: 'absent' })
    else if (file.text.trim() === '') notes.push({ kind: 'empty' })
  }
  return notes
}
