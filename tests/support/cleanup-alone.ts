import { createEngineService } from '../../electron/services/engine'
import { createPrivileged, type Privileged } from '../../electron/services/privileged'
import { HelperSession } from '../../electron/services/privileged/session'
import { createStorageService } from '../../electron/services/storage'
import { createCleanupService } from '../../electron/services/storage/cleanup'
import type { Choice } from './storage-services'

interface Item {
  kind: string
  id: string
  name: string
}

/** What it prints, a line each. */
export interface Said {
  preview?: { digest: string; items: Item[] }
  /** How many have gone, and another is about to. */
  done?: number
  cleaned?: { outcome: string; removed: Item[]; stoppedAt?: { item: Item } | undefined }
  failed?: string
}

/**
 * A Porthole that can be killed in the middle of a cleanup: scans, previews, removes what it has
 * previewed, and says how far it is. Its arguments are the endpoint, the choice, and, for a privileged
 * helper in a process of its own, the program of that.
 */
async function main(): Promise<void> {
  const [endpoint = '', choice = '{}', helper] = process.argv.slice(2)
  const asked = JSON.parse(choice) as Choice
  const log = () => undefined
  const { signal } = new AbortController()
  const engine = createEngineService({ endpoint, env: {}, log })
  const privileged =
    helper === undefined ? createPrivileged({ env: process.env, log }) : apart([process.execPath, helper])
  const storage = createStorageService({ engine, privileged })
  const cleanup = createCleanupService({ engine, privileged, storage })
  for await (const _ of storage.scan({}, signal));
  const preview = await cleanup.preview(asked, signal)
  say({ preview })
  void (async () => {
    for await (const { done } of cleanup.progress(signal)) say({ done })
  })()
  const session = { access: new Set(['read', 'write', 'admin'] as const), carrier: 'process' as const }
  say({ cleaned: await cleanup.cleanup({ ...asked, digest: preview.digest }, { session, signal }) })
}

/** Root's own program would do it all within itself. */
function apart(command: readonly string[]): Privileged {
  const session = new HelperSession(command, { PATH: process.env['PATH'] }, () => undefined)
  return {
    isRoot: false,
    open: true,
    available: () => true,
    run: (verb, input, { onProgress, signal } = {}) => session.run(verb, input, onProgress, signal),
    dispose: () => Promise.resolve(session.close()),
  }
}

function say(said: Said): void {
  process.stdout.write(`${JSON.stringify(said)}\n`)
}

main()
  .catch((error: unknown) => say({ failed: error instanceof Error ? error.message : String(error) }))
  .finally(() => process.exit())
