import { fromStatus, toAppError, type EngineService } from '../engine'
import { AppError } from '../../contract/errors'

/** What is taken of `GET /containers/<name>/json`. */
export interface InspectedContainer {
  id: string
  image: string
  running: boolean
  /** Graph driver or snapshotter; API 1.53 names it where earlier ones have `GraphDriver`. */
  driver: string | undefined
  /** Directories as the graph driver tells them; none with the containerd store. */
  stack?: { upper: string; work: string; merged: string; lowers: string[] }
}

/** A change as the engine tells it; `path` is spelled as everywhere here, with `\x5c` for a backslash. */
export interface Change {
  path: string
  change: 'added' | 'modified' | 'removed'
}

/** Milliseconds that the engine may compare a container with its image, which walks both. */
const CHANGES_MS = 110_000
const KINDS = ['modified', 'added', 'removed'] as const

/** Throws `engine/*`. */
export async function inspectContainer(
  engine: EngineService,
  container: string,
  signal: AbortSignal,
): Promise<InspectedContainer> {
  const about = record(
    JSON.parse(await ask(engine, `/containers/${encodeURIComponent(container)}/json`, { signal })),
  )
  const graph = record(about['GraphDriver'])
  const data = record(graph['Data'])
  const snapshot = record(record(record(about['Storage'])['RootFS'])['Snapshot'])
  const [upper, work, merged, lower] = ['UpperDir', 'WorkDir', 'MergedDir', 'LowerDir'].map((key) =>
    text(data[key]),
  )
  return {
    id: text(about['Id']) ?? '',
    image: text(about['Image']) ?? '',
    running: record(about['State'])['Running'] === true,
    driver: text(graph['Name']) ?? text(snapshot['Name']) ?? text(about['Driver']),
    ...(upper !== undefined && work !== undefined && merged !== undefined && lower !== undefined
      ? { stack: { upper, work, merged, lowers: lower.split(':') } }
      : {}),
  }
}

/**
 * `GET /containers/<id>/changes` by path; an answer of null means none. Throws `engine/*`,
 * `image/too-large` for more than fits into 64 MiB of JSON.
 */
export async function changesOf(engine: EngineService, id: string, signal: AbortSignal): Promise<Change[]> {
  const body = await ask(engine, `/containers/${encodeURIComponent(id)}/changes`, {
    signal,
    timeoutMs: CHANGES_MS,
  })
  const value: unknown = JSON.parse(body)
  return (Array.isArray(value) ? (value as unknown[]) : [])
    .flatMap((each): Change[] => {
      const { Path, Kind } = record(each)
      const change = KINDS[Number(Kind)]
      const path = text(Path)
      return change === undefined || path === undefined
        ? []
        : [{ path: path.replaceAll('\\', '\\x5c'), change }]
    })
    .sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0))
}

async function ask(
  engine: EngineService,
  path: string,
  options: { signal: AbortSignal; timeoutMs?: number },
): Promise<string> {
  const http = await engine.http()
  const answer = await http.get(path, options).catch((error: unknown) => {
    if (error instanceof Error && /is too large$/.test(error.message))
      throw new AppError('image/too-large', 'The container has changed more than Porthole reads.', {
        hint: '`docker diff` lists all of it.',
      })
    throw toAppError(error)
  })
  if (answer.status === 200) return answer.body
  throw fromStatus(answer.status, sentenceOf(answer.body))
}

function sentenceOf(body: string): string {
  try {
    return text(record(JSON.parse(body))['message']) ?? 'The engine refused without a reason.'
  } catch {
    return body.trim().slice(0, 300)
  }
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}
