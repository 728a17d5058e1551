import { setTimeout as pause } from 'node:timers/promises'
import { AppError } from '../../../contract/errors'
import { compareVersions, fromStatus, toAppError, type EngineService } from '../../engine'
import { parseDiskUsage, type DiskUsage } from './disk-usage'

/** A part of `/system/df` that can be asked for by itself since API 1.42. */
type Part = 'image' | 'container' | 'volume' | 'build-cache'

const PARTS: readonly Part[] = ['image', 'container', 'build-cache', 'volume']
/** 20.10 walks every volume; a slow disk with many files takes minutes. Milliseconds. */
const PATIENCE_MS = 540_000
/** 20.10 refuses a second question while it works on one of somebody else. Milliseconds. */
const BUSY_MS = 60_000
const BUSY_AGAIN_MS = 1_000
const BUSY = /disk usage operation is already running/

export interface Asked {
  usage: DiskUsage
  /** How long each part took, in milliseconds; where the engine knows no parts, all took as long. */
  tookMs: Record<Part, number>
  missing: ('busy' | 'volumes-late')[]
}

/**
 * The engine's own figures. Part by part where it can, one behind the other, volumes last: they are
 * the slow ones, since the engine walks them. Throws `engine/*`.
 */
export async function askDiskUsage(engine: EngineService): Promise<Asked> {
  const { apiVersion } = await engine.http()
  const began = performance.now()
  const asked: Asked = {
    usage: {},
    tookMs: { image: 0, container: 0, 'build-cache': 0, volume: 0 },
    missing: [],
  }
  if (!knowsParts(apiVersion)) {
    const usage = await ask(engine, '/system/df', PATIENCE_MS)
    const took = performance.now() - began
    for (const part of PARTS) asked.tookMs[part] = took
    if (usage === 'busy') asked.missing.push('busy')
    else if (usage === 'late') asked.missing.push('volumes-late')
    else asked.usage = usage
    return asked
  }
  for (const part of PARTS) {
    const start = performance.now()
    const left = PATIENCE_MS - (start - began)
    const usage = await ask(engine, `/system/df?type=${part}`, Math.max(left, 1))
    asked.tookMs[part] = performance.now() - start
    if (usage === 'busy') asked.missing.push('busy')
    else if (usage === 'late') asked.missing.push('volumes-late')
    else asked.usage = { ...asked.usage, ...usage }
  }
  return { ...asked, missing: [...new Set(asked.missing)] }
}

/** Volumes or the build cache alone, as far as the engine can tell them apart. Throws as {@link askDiskUsage}. */
export async function askPart(engine: EngineService, part: Part): Promise<DiskUsage> {
  const { apiVersion } = await engine.http()
  const path = knowsParts(apiVersion) ? `/system/df?type=${part}` : '/system/df'
  const usage = await ask(engine, path, PATIENCE_MS)
  if (typeof usage === 'object') return usage
  throw new AppError('engine/refused', 'The engine is busy counting what its disk holds.', {
    hint: 'Another program asks it too; try again in a while.',
  })
}

function knowsParts(apiVersion: string): boolean {
  return compareVersions(apiVersion, '1.42') >= 0
}

const queues = new WeakMap<EngineService, Promise<unknown>>()

/** Asks when the question before has its answer: the engine walks the disk for each. */
async function ask(
  engine: EngineService,
  path: string,
  timeoutMs: number,
): Promise<DiskUsage | 'busy' | 'late'> {
  const before = queues.get(engine) ?? Promise.resolve()
  const mine = before.then(() => askNow(engine, path, timeoutMs))
  queues.set(
    engine,
    mine.catch(() => undefined),
  )
  return mine
}

async function askNow(
  engine: EngineService,
  path: string,
  timeoutMs: number,
): Promise<DiskUsage | 'busy' | 'late'> {
  const http = await engine.http()
  const until = performance.now() + BUSY_MS
  for (;;) {
    const answer = await http.get(path, { timeoutMs }).catch((error: unknown) => {
      if (error instanceof Error && error.name === 'TimedOut') return undefined
      throw toAppError(error)
    })
    if (answer === undefined) return 'late'
    if (answer.status === 200) return parseDiskUsage(answer.body)
    const busy = answer.status === 500 && BUSY.test(answer.body)
    if (!busy) throw fromStatus(answer.status, answer.body.trim().slice(0, 300))
    if (performance.now() > until) return 'busy'
    await pause(BUSY_AGAIN_MS)
  }
}
