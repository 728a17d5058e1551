import { maskText } from '../../engine'
import type { RecordingEntry } from './format'

const MASK = '*****'
/** Names of labels and the like whose value is nobody's business. */
const SECRET_NAME = /passw(?:or)?d|passphrase|secret|token|credential|api[-_.]?key|private[-_.]?key/i
/** Longest value that is kept; a command line of an exec may be as long as it likes. */
const MAX_VALUE = 4_096

/**
 * An entry as it may lie in a file and be given away. Requests, log lines, command lines and spans are
 * masked by whoever tells of them; events are dockerd's own words, with labels and commands in them.
 */
export function masked(entry: RecordingEntry): RecordingEntry {
  if (entry.t !== 'event') return entry
  const { event } = entry
  const { attributes } = event.actor
  return {
    t: 'event',
    event: {
      ...event,
      action: bounded(maskText(event.action)),
      actor: {
        ...event.actor,
        attributes: Object.fromEntries(
          Object.entries(attributes).map(([name, value]) => [
            name,
            SECRET_NAME.test(name) ? MASK : bounded(maskText(value)),
          ]),
        ),
      },
    },
  }
}

function bounded(value: string): string {
  return value.length > MAX_VALUE ? `${value.slice(0, MAX_VALUE)}…` : value
}
