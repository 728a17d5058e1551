import { trustedDaemon } from '../paths'
import { openWholeDataRoot } from '../storage-cleanup/data-root'
import {
  listQuarantine,
  moveIn,
  QUARANTINE,
  remove,
  restore,
  sizeOf,
  type Quarantined,
} from '../storage-cleanup/quarantine'
import { proveOrphan } from '../storage/proof'
import type { StoreInUse } from '../storage/roots'
import type { Tree } from '../storage/tree'
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
    inWholeDataRoot(pid, async (root) => {
      const { orphan } = await proveOrphan(pid, store, path)
      if (!orphan)
        throw new HelperError('storage/changed-underneath', `${path} is no orphan any more.`, {
          hint: 'Something refers to it, or it is being made at this moment. Scan again.',
          detail: { path },
        })
      return { id: moveIn(root, path).id }
    }),
}

/** What was set aside. */
export const quarantined: Verb<{ pid: number }, { path: string; items: Quarantined[] }> = {
  name: 'quarantined',
  parse(input) {
    return { pid: Input.of(input, ['pid']).pid('pid') }
  },
  run: ({ pid }, { signal }) =>
    inWholeDataRoot(pid, async (root) => ({
      path: `${root.path}/${QUARANTINE}`,
      items: await listQuarantine(root, signal),
    })),
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
    inWholeDataRoot(pid, async (root) => {
      const bytes = await sizeOf(root, id, signal)
      if (how === 'restore') restore(root, id)
      else await remove(root, id)
      return { bytes }
    }),
}

async function inWholeDataRoot<T>(pid: number, use: (root: Tree) => Promise<T>): Promise<T> {
  const root = openWholeDataRoot(trustedDaemon(pid))
  try {
    return await use(root)
  } finally {
    root.close()
  }
}
