import type { EngineHttp } from '../../engine'

/** The last reload of a running engine, as its own event tells it. */
export interface LastReload {
  /** Milliseconds since 1970. */
  at: number
  attributes: Readonly<Record<string, string>>
}

export interface Reloads {
  last?: LastReload
  /** False when older events, and with them a reload, may be forgotten already. */
  complete: boolean
}

/** Events dockerd keeps for those who come later. */
const KEPT_EVENTS = 256

/**
 * Reloads since the process started. The events are the process's own memory, so that none of an
 * earlier one is among them. Needs an engine that shares this machine's clock.
 */
export async function reloadsSince(http: EngineHttp, startedAt: number): Promise<Reloads> {
  const [since, until] = [Math.floor(startedAt / 1_000), (Date.now() / 1_000).toFixed(3)]
  const answer = await http.get(`/events?since=${since}&until=${until}`)
  if (answer.status !== 200) return { complete: false }
  return parseReloads(answer.body)
}

/** The same from the answer's text, one event a line. */
export function parseReloads(body: string): Reloads {
  const lines = body.split('\n').filter((line) => line !== '')
  const line = lines.findLast((each) => each.includes('"reload"') && isReload(parse(each)))
  const complete = lines.length < KEPT_EVENTS
  const event = line === undefined ? undefined : parse(line)
  if (event === undefined) return { complete }
  return {
    last: { at: (event.timeNano ?? 0) / 1e6, attributes: event.Actor?.Attributes ?? {} },
    complete,
  }
}

interface EngineEvent {
  Type?: string
  Action?: string
  timeNano?: number
  Actor?: { Attributes?: Record<string, string> }
}

function parse(line: string): EngineEvent | undefined {
  try {
    return JSON.parse(line) as EngineEvent
  } catch {
    return undefined
  }
}

function isReload(event: EngineEvent | undefined): boolean {
  return event?.Type === 'daemon' && event.Action === 'reload'
}

const NUMBERS = [
  'max-concurrent-downloads',
  'max-concurrent-uploads',
  'max-download-attempts',
  'shutdown-timeout',
  'default-stop-timeout',
]
const BOOLEANS = ['debug', 'live-restore']
const TEXTS = ['default-runtime', 'default-ipc-mode', 'default-cgroupns-mode']
const LISTS = ['labels', 'registry-mirrors', 'insecure-registries', 'allow-nondistributable-artifacts']

/**
 * Options whose running value the reload event tells; all its attributes are texts: lists as
 * JSON, `features` as Go prints a map, runtimes as `name:path` between blanks.
 */
export function toldByReload(attributes: Readonly<Record<string, string>>): Map<string, unknown> {
  const told = new Map<string, unknown>()
  for (const [key, text] of Object.entries(attributes)) {
    if (NUMBERS.includes(key)) told.set(key, Number(text))
    else if (BOOLEANS.includes(key)) told.set(key, text === 'true')
    else if (TEXTS.includes(key)) told.set(key, text)
    else if (LISTS.includes(key)) told.set(key, listOf(text))
    else if (key === 'features') told.set(key, goMap(text))
    else if (key === 'default-shm-size') told.set(key, sizeText(Number(text)))
    else if (key === 'runtimes') told.set(key, runtimesOf(text))
  }
  return told
}

function listOf(text: string): string[] {
  try {
    const list: unknown = JSON.parse(text)
    return Array.isArray(list) ? list.map(String) : []
  } catch {
    return []
  }
}

function goMap(text: string): Record<string, boolean> {
  const inner = /^map\[(.*)\]$/.exec(text)?.[1] ?? ''
  return Object.fromEntries(
    inner
      .split(' ')
      .filter((each) => each.includes(':'))
      .map((each) => {
        const [name = '', value] = each.split(':')
        return [name, value === 'true']
      }),
  )
}

function runtimesOf(text: string): Record<string, { path: string }> {
  return Object.fromEntries(
    text
      .split(' ')
      .map((each): [string, string] => {
        const colon = each.indexOf(':')
        return [each.slice(0, colon), each.slice(colon + 1)]
      })
      // 20.10 lists its own as well.
      .filter(([name]) => name !== '' && name !== 'runc')
      .map(([name, path]) => [name, { path }]),
  )
}

const UNITS = [
  ['G', 1024 ** 3],
  ['M', 1024 ** 2],
  ['K', 1024],
] as const

/** Bytes as the file has them: in the largest unit that leaves a whole number. */
export function sizeText(bytes: number): string {
  const unit = UNITS.find(([, size]) => bytes >= size && bytes % size === 0)
  return unit === undefined ? String(bytes) : `${bytes / unit[1]}${unit[0]}`
}
