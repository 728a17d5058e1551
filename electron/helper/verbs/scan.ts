import { scan as run, type ScanRequest } from '../storage/scan'
import type { StoreInUse } from '../storage/roots'
import { HelperError, type Verb } from '../verb'
import { Input } from './input'

/** Walks the data-root of a dockerd and reports whose every byte is; stops when asked to. */
export const scan: Verb<ScanRequest, void> = {
  name: 'scan',
  parse(input) {
    const fields = Input.of(input, ['pid', 'driver', 'imageStore', 'path', 'fresh'])
    return {
      ...storeOf(fields),
      path: fields.optional('path', (name) => fields.text(name, 8_192)),
      fresh: fields.optional('fresh', (name) => fields.flag(name)) ?? false,
    }
  },
  run: (request, { emit, signal }) => run(request, emit, signal),
}

/** The daemon by its pid, and the store it says it works with. */
export function storeOf(fields: Input): { pid: number | undefined; store: StoreInUse } {
  const driver = fields.text('driver', 64)
  if (!/^[a-z0-9][a-z0-9.-]*$/.test(driver))
    throw new HelperError('helper/failed', '"driver" must be the name of a storage driver.')
  return {
    pid: fields.optional('pid', (name) => fields.pid(name)),
    store: { driver, imageStore: fields.word('imageStore', ['graphdriver', 'containerd']) },
  }
}
