import type { FlowRequest } from './reach'
import type { RecordedEvent, RecordedLine } from './recording-file'

/** dockerd's lines stand a moment before and behind what they tell of, in milliseconds. */
const SLACK_MS = 50
/** How long a request is taken to last whose end nobody saw, in milliseconds. */
export const UNSEEN_MS = 2_000
/** Longest time that is looked at, in milliseconds. */
const LONGEST_MS = 590_000
/** Ids are told apart by their first characters, as dockerd prints them. */
const SHORT_ID = 12

/** The time in which lines and events of a request can stand, ISO 8601. */
export function timeOf(request: Pick<FlowRequest, 'startedAt' | 'durationMs'>): { from: string; to: string } {
  const start = Date.parse(request.startedAt)
  const lasts = Math.min(request.durationMs ?? UNSEEN_MS, LONGEST_MS)
  return {
    from: new Date(start - SLACK_MS).toISOString(),
    to: new Date(start + lasts + SLACK_MS).toISOString(),
  }
}

/** What stands within a time. */
export function within<T extends { time: string }>(
  items: readonly T[],
  { from, to }: { from: string; to: string },
): T[] {
  const [start, end] = [Date.parse(from), Date.parse(to)]
  return items.filter(({ time }) => {
    const at = Date.parse(time)
    return at >= start && at <= end
  })
}

/** Names and ids of the objects that a request is about: what its path has where its route has `{…}`. */
export function objectsOf({ path, route }: Pick<FlowRequest, 'path' | 'route'>): string[] {
  const [target = '', query = ''] = path.split('?')
  const parts = target.replace(/^\/v\d+(\.\d+)?(?=\/)/, '').split('/')
  const named = route.split('/').flatMap((part, index) => (part.startsWith('{') ? [parts[index] ?? ''] : []))
  const name = new URLSearchParams(query).get('name') ?? ''
  return [...named, name].filter((one) => one !== '' && !one.includes('*****'))
}

/** Whether a line of dockerd's log says that it is about this request. */
export function lineNames(
  { message, fields }: Pick<RecordedLine, 'message' | 'fields'>,
  request: Pick<FlowRequest, 'path' | 'route' | 'traceId'>,
): boolean {
  if (request.traceId !== undefined && fields['traceID'] === request.traceId) return true
  const target = request.path.split('?')[0] ?? ''
  const texts = [message, ...Object.values(fields)]
  return texts.some((text) => hasWord(text, target) || objectsOf(request).some((one) => hasObject(text, one)))
}

/** Whether an event is about an object of this request. */
export function eventNames(
  { actor }: Pick<RecordedEvent, 'actor'>,
  request: Pick<FlowRequest, 'path' | 'route'>,
): boolean {
  const told = [
    actor.id,
    actor.name ?? '',
    actor.attributes['container'] ?? '',
    actor.attributes['name'] ?? '',
  ]
  return objectsOf(request).some((one) =>
    told.some(
      (name) => name === one || (isId(one) && name.startsWith(one)) || name.replace(/:latest$/, '') === one,
    ),
  )
}

function hasObject(text: string, one: string): boolean {
  if (isId(one)) return text.includes(one.slice(0, SHORT_ID))
  // A name of one letter stands in any line.
  return one.length > 2 && hasWord(text, one)
}

const isId = (text: string): boolean => /^[0-9a-f]{12,64}$/.test(text)

/** Not a part of a longer name. */
function hasWord(text: string, word: string): boolean {
  if (word === '' || word === '/') return false
  for (let at = text.indexOf(word); at !== -1; at = text.indexOf(word, at + 1)) {
    const [before, after] = [text[at - 1] ?? ' ', text[at + word.length] ?? ' ']
    if (!/[\w-]/.test(before) && !/[\w-]/.test(after)) return true
  }
  return false
}
