import { expect, onTestFinished } from 'vitest'
import { contract, type InputOf, type Session } from '../../electron/contract/contract'
import { createEngineService, type EngineService } from '../../electron/services/engine'
import { createPrivileged } from '../../electron/services/privileged'
import { createStorageService, type StorageService } from '../../electron/services/storage'
import {
  createCleanupService,
  type Cleaned,
  type CleanupService,
  type Preview,
} from '../../electron/services/storage/cleanup'
import { createUsageService, type UsageService } from '../../electron/services/storage/usage'
import type { Lab } from './lab'
import { usedBytes } from './storage-lab'

export const { signal } = new AbortController()
const session: Session = { access: new Set(['read', 'write', 'admin']), carrier: 'process' }
/** Of a session that may do everything. */
export const context = { session, signal }

export type Choice = InputOf<'storage.previewCleanup'>

/** The services of the disk on a lab's daemon; ended with the test. */
export function servicesFor(
  lab: Lab,
  endpoint = lab.endpoint,
): {
  engine: EngineService
  storage: StorageService
  usage: UsageService
  cleanup: CleanupService
} {
  const log = () => undefined
  const engine = createEngineService({ endpoint, env: {}, log })
  const privileged = createPrivileged({ env: process.env, log })
  onTestFinished(async () => {
    await engine.dispose()
    await privileged.dispose()
  })
  const storage = createStorageService({ engine, privileged })
  // The history goes where the lab goes.
  const usage = createUsageService({ engine, storage, options: { env: { XDG_STATE_HOME: lab.dir }, log } })
  onTestFinished(() => usage.dispose())
  return { engine, storage, usage, cleanup: createCleanupService({ engine, privileged, storage }) }
}

/** A preview that is what the contract says. */
export async function preview(service: CleanupService, choice: Choice): Promise<Preview> {
  const answer = await service.preview(choice, signal)
  expect(contract['storage.previewCleanup'].output.parse(answer)).toEqual(answer)
  return answer
}

/** Previews, cleans, and holds both against df. */
export async function clean(
  lab: Lab,
  service: CleanupService,
  choice: Choice,
): Promise<Cleaned & { preview: Preview }> {
  // What is not written yet counts a little differently.
  usedBytes(lab)
  const seen = await preview(service, choice)
  expect(seen.from).toBe('disk')
  const before = usedBytes(lab)
  const cleaned = await service.cleanup({ ...choice, digest: seen.digest }, context)
  expect(contract['storage.cleanup'].output.parse(cleaned)).toEqual(cleaned)
  expect(cleaned.stoppedAt).toBeUndefined()
  expect(cleaned).toMatchObject({ outcome: 'done', removed: seen.items })
  const freed = before - usedBytes(lab)
  // What is set aside is held; the quarantine's own folder and its manifest take a few blocks.
  if (choice.kinds.includes('orphans')) expect(freed).toBeGreaterThan(seen.freesBytes - 16_384)
  else expect(freed).toBe(seen.freesBytes)
  return { ...cleaned, preview: seen }
}

/** Lines of a command's output, sorted. */
export const lines = (text: string): string[] => text.split('\n').filter(Boolean).sort()
