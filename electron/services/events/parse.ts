/** An event of dockerd before it has a number here. */
export interface RawEvent {
  type: string
  action: string
  id: string
  attributes: Record<string, string>
  scope: string
  /** Nanoseconds since 1970, all digits. */
  timeNano: string
}

/**
 * Reads one line of `/events`. Undefined when it is not an event: the caller decides what a
 * broken line means. `timeNano` is taken from the text, for JSON.parse rounds it to about 256 ns.
 */
export function parseEvent(line: string): RawEvent | undefined {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    return undefined
  }
  if (typeof value !== 'object' || value === null) return undefined
  const { Type, Action, Actor, scope, time } = value as Record<string, unknown>
  if (typeof Type !== 'string' || typeof Action !== 'string') return undefined
  const actor = typeof Actor === 'object' && Actor !== null ? (Actor as Record<string, unknown>) : {}
  const timeNano = exactNano(line) ?? (typeof time === 'number' ? `${time}000000000` : undefined)
  if (timeNano === undefined) return undefined
  return {
    type: Type,
    action: Action,
    id: typeof actor['ID'] === 'string' ? actor['ID'] : '',
    attributes: textMembers(actor['Attributes']),
    scope: typeof scope === 'string' ? scope : '',
    timeNano,
  }
}

/**
 * Inside a JSON string the quotes would be escaped, and attribute values are strings, so a bare
 * number behind the key can only be the event's own. dockerd writes it last.
 */
function exactNano(line: string): string | undefined {
  const at = line.lastIndexOf('"timeNano":')
  return at < 0 ? undefined : /^\s*(\d{1,20})(?=\s*[,}])/.exec(line.slice(at + 11, at + 48))?.[1]
}

function textMembers(value: unknown): Record<string, string> {
  // Without a prototype, a label called __proto__ is a label.
  const members = Object.create(null) as Record<string, string>
  if (typeof value === 'object' && value !== null)
    for (const [key, text] of Object.entries(value)) if (typeof text === 'string') members[key] = text
  return members
}

/** Two events with the same identity are the same event: a replay repeats it to the digit. */
export function identityOf(event: RawEvent): string {
  return `${event.timeNano}\0${event.type}\0${event.action}\0${event.id}`
}

/** Compares nanoseconds written as decimal strings without leading zeros. */
export function compareNano(a: string, b: string): number {
  if (a.length !== b.length) return a.length - b.length
  return a < b ? -1 : a > b ? 1 : 0
}

/** `sec.nanosec`, as the `since` of `/events` wants it, `backMs` milliseconds earlier. */
export function sinceParameter(timeNano: string, backMs = 0): string {
  const nano = BigInt(timeNano) - BigInt(backMs) * 1_000_000n
  if (nano <= 0n) return '1'
  return `${nano / 1_000_000_000n}.${(nano % 1_000_000_000n).toString().padStart(9, '0')}`
}

/** Nanoseconds of an ISO 8601 time or of seconds since 1970 with a fraction; undefined for else. */
export function parseSince(text: string): string | undefined {
  const seconds = /^(\d{1,12})(?:\.(\d{1,9}))?$/.exec(text)
  if (seconds) return trimZeros(`${seconds[1]}${(seconds[2] ?? '').padEnd(9, '0')}`)
  const iso = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.(\d{1,9}))?)?(?:Z|[+-]\d\d:\d\d)?)?$/.exec(text)
  if (!iso) return undefined
  // Date knows milliseconds only: the fraction goes its own way.
  const ms = Date.parse(iso[1] === undefined ? text : text.replace(`.${iso[1]}`, ''))
  if (Number.isNaN(ms)) return undefined
  return trimZeros(`${Math.floor(ms / 1000)}${(iso[1] ?? '').padEnd(9, '0')}`)
}

function trimZeros(digits: string): string {
  return digits.replace(/^0+(?=\d)/, '')
}

/** ISO 8601 with milliseconds. */
export function isoTime(timeNano: string): string {
  const ms = Number(timeNano.slice(0, -6) || '0')
  const date = new Date(ms)
  return Number.isNaN(date.getTime()) ? new Date(0).toISOString() : date.toISOString()
}
