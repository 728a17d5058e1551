import { AppError } from '../../contract/errors'
import type { EngineEvent } from '.'

/** What a filter looks at beyond the event itself. */
export type Filterable = EngineEvent & { scope?: string }

/** Filters that compare with the actor's id and name, by prefix, as dockerd does. */
const ACTOR_KEYS = [
  'daemon',
  'container',
  'plugin',
  'volume',
  'network',
  'node',
  'service',
  'secret',
  'config',
] as const
const KNOWN_KEYS = new Set<string>(['type', 'event', 'image', 'label', 'scope', ...ACTOR_KEYS])
/** With one of these, dockerd compares every value of `event` by prefix. */
const OPEN_ACTIONS = new Set(['health_status', 'exec_create', 'exec_start'])

/**
 * A test with the semantics of `docker events --filter` (moby daemon/events/filter.go): any value
 * of a key, every key; but all of several labels. Throws `rpc/bad-input` for an unknown key.
 */
export function compileFilters(
  filters: Record<string, string[]> | undefined,
): ((event: Filterable) => boolean) | undefined {
  const given = Object.entries(filters ?? {}).filter(([, values]) => values.length > 0)
  for (const [key] of given)
    if (!KNOWN_KEYS.has(key))
      throw new AppError('rpc/bad-input', `There is no event filter "${key.slice(0, 64)}".`, {
        hint: `Filters: ${[...KNOWN_KEYS].sort().join(', ')}.`,
        detail: { path: `filters.${key.slice(0, 64)}` },
      })
  if (given.length === 0) return undefined
  const tests = given.map(([key, values]) => testFor(key, values))
  return (event) => tests.every((test) => test(event))
}

function testFor(key: string, values: string[]): (event: Filterable) => boolean {
  const exact = new Set(values)
  switch (key) {
    case 'type':
      return (event) => exact.has(event.type)
    case 'scope':
      return (event) => exact.has(event.scope ?? '')
    case 'event':
      return values.some((value) => OPEN_ACTIONS.has(value))
        ? (event) => values.some((value) => event.action.startsWith(value))
        : (event) => exact.has(event.action)
    case 'label': {
      const pairs = values.map((value): [string, string | undefined] => {
        const at = value.indexOf('=')
        return at < 0 ? [value, undefined] : [value.slice(0, at), value.slice(at + 1)]
      })
      return ({ actor: { attributes } }) =>
        pairs.every(
          ([name, value]) =>
            Object.hasOwn(attributes, name) && (value === undefined || attributes[name] === value),
        )
    }
    case 'image':
      return (event) => {
        const name = event.actor.attributes[event.type === 'image' ? 'name' : 'image'] ?? ''
        return [event.actor.id, name].some((text) => exact.has(text) || exact.has(familiarName(text)))
      }
    default:
      return ({ actor }) =>
        values.some(
          (value) => actor.id.startsWith(value) || (actor.attributes['name'] ?? '').startsWith(value),
        )
  }
}

/** A repository as people write it: no tag, no digest, no `docker.io/library/`. */
function familiarName(image: string): string {
  const name = image.replace(/@.*$/, '')
  const slash = name.lastIndexOf('/')
  const colon = name.indexOf(':', slash + 1)
  return (colon < 0 ? name : name.slice(0, colon)).replace(/^docker\.io\/(?:library\/)?/, '')
}
