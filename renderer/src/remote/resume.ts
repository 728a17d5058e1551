import type { StreamName } from '../../../electron/contract/contract'
import type { Resume } from '../../../electron/contract/define'

/**
 * How each stream is taken up again after the carrier was cut. The contract says it too; the page
 * may not import the contract's code, so a test holds the two together.
 */
export const RESUME = {
  'engine.link': 'restart',
  'engine.vitals': 'restart',
  'config.watch': 'restart',
  'config.progress': 'restart',
  'events.watch': 'cursor',
  'daemonLog.watch': 'cursor',
  'daemonLog.link': 'restart',
  'flow.observers': 'restart',
  'flow.requests': 'cursor',
  'runtime.health': 'cursor',
  'runtime.metrics': 'cursor',
  'flow.record': 'none',
  'flow.recordSeen': 'none',
  'storage.scan': 'restart',
  'storage.progress': 'restart',
  'image.analyze': 'restart',
  'archive.analyze': 'none',
  'image.save': 'none',
  'image.load': 'none',
  'image.import': 'none',
  'sandbox.try': 'none',
} as const satisfies Record<StreamName, Resume>
