import { trustedDaemon } from '../paths'
import { openParts, type Part } from '../storage-cleanup/data-root'
import {
  holds,
  listQuarantine,
  moveIn,
  QUARANTINE,
  remove,
  restore,
  sizeOf,
  vanished,
  type Quarantined,
} from '../storage-cleanup/quarantine'
import { proveOrphan } from '../storage/proof'
import type { StoreInUse } from '../storage/roots'
import { HelperError, type Verb } from '../verb'
import { Input } from './input'
import { storeOf } from './scan'

/**
 * Sets something of the data-root aside to which nothing refers, which is proven here and now.
 * Throws `storage/changed-underneath` when something does.
 */
export const quarantine: Verb<{ pid: number; store: StoreInUse; path: string }, { id: string }> = {
  name: 'quarantine',
  parse(input) {
    const fields = Input.of(input, ['pid', 'driver', 'imageStore', 'path'])
    return { pid: fields.pid('pid'), store: storeOf(fields).store, path: fields.text('path', 8_192) }
  },
  run: ({ pid, store, path }) =>
    inDataRoot(pid, async (parts) => {
      const { orphan } = await proveOrphan(pid, store, path)
      if (!orphan)
        throw new HelperError('storage/changed-underneath', `${path} is no orphan any more.`, {
          hint: 'Something refers to it, or it is being made at this moment. Scan again.',
          detail: { path },
        })
      const part = parts.findLast(({ prefix }) => path.startsWith(prefix))
      if (!part) throw vanished(path)
      return { id: moveIn(part.root, path.slice(part.prefix.length)).id }
    }),
}

/** What was set aside. */
export const quarantined: Verb<{ pid: number }, { path: string; items: Quarantined[] }> = {
  name: 'quarantined',
  parse(input) {
    return { pid: Input.of(input, ['pid']).pid('pid') }
  },
  run: ({ pid }, { signal }) =>
    inDataRoot(pid, async (parts) => {
      const items: Quarantined[] = []
      for (const { root, prefix } of parts)
        for (const item of await listQuarantine(root, signal))
          items.push({ ...item, from: `${prefix}${item.from}` })
      return { path: `${parts.at(-1)?.root.path ?? ''}/${QUARANTINE}`, items }
    }),
}

interface EndInput {
  pid: number
  id: string
  how: 'restore' | 'delete'
}

/** Puts something that was set aside back, or removes it for good. */
export const endQuarantine: Verb<EndInput, { bytes: number }> = {
  name: 'end-quarantine',
  parse(input) {
    const fields = Input.of(input, ['pid', 'id', 'how'])
    return {
      pid: fields.pid('pid'),
      id: fields.text('id', 64),
      how: fields.word('how', ['restore', 'delete']),
    }
  },
  run: ({ pid, id, how }, { signal }) =>
    inDataRoot(pid, async (parts) => {
      const root = parts.find((part) => holds(part.root, id))?.root
      if (!root) throw vanished(id)
      const bytes = await sizeOf(root, id, signal)
      if (how === 'restore') restore(root, id)
      else await remove(root, id)
      return { bytes }
    }),
}

async function inDataRoot<T>(pid: number, use: (parts: readonly Part[]) => Promise<T>): Promise<T> {
  const parts = openParts(trustedDaemon(pid))
  try {
    return await use(parts)
  } finally {
    for (const { root } of parts) root.close()
  }
}
