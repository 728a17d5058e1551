import { getJson } from './api'

/** A container that runs, and since when: the same start time later means that nobody stopped it. */
export interface RunningContainer {
  id: string
  name: string
  startedAt: string
  /** dockerd starts it again by itself after a restart of its own. */
  comesBack: boolean
}

/** What became of one that ran before. */
export type Fate = 'kept' | 'restarted' | 'stopped' | 'ended'

/** Requests at a time. */
const LANES = 8

/** The containers that run now. Rejects when the engine does not answer. */
export async function runningContainers(socketPath: string, timeoutMs = 10_000): Promise<RunningContainer[]> {
  const list = await getJson(socketPath, '/containers/json', timeoutMs)
  const ids = (Array.isArray(list) ? list : []).flatMap((each) => {
    const { Id } = each as { Id?: unknown }
    return typeof Id === 'string' ? [Id] : []
  })
  const states = await inLanes(ids, (id) => inspect(socketPath, id, timeoutMs))
  return states.flatMap((state) => (state?.running === true ? [state] : []))
}

/**
 * What became of containers that ran before: `kept`, the same process; `restarted`, another;
 * `stopped`, somebody ended it; `ended`, it came to its own end with code 0, or was removed.
 */
export async function fatesOf(
  socketPath: string,
  before: readonly RunningContainer[],
  timeoutMs = 10_000,
): Promise<Map<string, Fate>> {
  const fates = await inLanes(before, async (was): Promise<[string, Fate]> => {
    const now = await inspect(socketPath, was.id, timeoutMs)
    if (now === undefined) return [was.name, 'ended']
    if (now.running) return [was.name, now.startedAt === was.startedAt ? 'kept' : 'restarted']
    return [was.name, now.exitCode === 0 ? 'ended' : 'stopped']
  })
  return new Map(fates)
}

interface Inspected extends RunningContainer {
  running: boolean
  exitCode: number
}

async function inspect(socketPath: string, id: string, timeoutMs: number): Promise<Inspected | undefined> {
  let answer: unknown
  try {
    answer = await getJson(socketPath, `/containers/${encodeURIComponent(id)}/json`, timeoutMs)
  } catch {
    return undefined
  }
  const { Name, State, HostConfig } = answer as {
    Name?: string
    State?: { Running?: boolean; StartedAt?: string; ExitCode?: number }
    HostConfig?: { RestartPolicy?: { Name?: string } }
  }
  return {
    id,
    name: (Name ?? id).replace(/^\//, ''),
    running: State?.Running === true,
    startedAt: State?.StartedAt ?? '',
    exitCode: State?.ExitCode ?? 0,
    comesBack: ['always', 'unless-stopped'].includes(HostConfig?.RestartPolicy?.Name ?? ''),
  }
}

async function inLanes<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = []
  let next = 0
  const lane = async (): Promise<void> => {
    for (let at = next++; at < items.length; at = next++) results[at] = await work(items[at] as T)
  }
  await Promise.all(Array.from({ length: LANES }, lane))
  return results
}
