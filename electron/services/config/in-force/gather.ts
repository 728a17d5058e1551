import { readFile } from 'node:fs/promises'
import { systemctl } from '../../../helper/manager'
import type { DaemonLogService } from '../../daemon-log'
import type { DaemonProcessInfo, EngineService } from '../../engine'
import { DUMP_TEXT, lastDump, type Dump } from './dump'
import { environmentOf, optionsFrom, type FromEnvironment } from './environment'
import { reloadsSince, type LastReload, type Reloads } from './reloads'
import { parseEnvironmentFile, parseUnit, type UnitSources } from './unit'

/** What there is to know of a running dockerd beside its file and its flags. */
export interface Gathered {
  reload?: Readonly<Record<string, string>> | undefined
  dump?: Dump | undefined
  environment: ReadonlyMap<string, FromEnvironment>
  unit?: UnitSources | undefined
}

export interface GatherFrom {
  engine: Pick<EngineService, 'http'>
  /** The daemon's own log; only looked into when there can be something in it. */
  daemonLog?: (() => Promise<Pick<DaemonLogService, 'kept'>>) | undefined
}

/** Milliseconds that are spent on the log before doing without. */
const LOG_MS = 2_000
const SYSTEMCTL_MS = 3_000
/** Milliseconds after a reload within which its line in the log may still be on the way. */
const LINE_MS = 5_000

/** Asks everybody who knows how dockerd was started and what it has been told since. */
export class Gatherer {
  #unit: { pid: number; sources: UnitSources | undefined } | undefined
  #dump: { of: string; dump: Dump | undefined } | undefined

  constructor(private readonly from: GatherFrom) {}

  /** `answers`: the engine can be asked. Never throws: what cannot be had is left out. */
  async about(daemon: DaemonProcessInfo | undefined, answers: boolean): Promise<Gathered> {
    if (daemon === undefined) return { environment: new Map() }
    const [unit, own, reloads] = await Promise.all([
      this.#unitOf(daemon),
      environmentOf(daemon.pid),
      answers ? this.#reloads(daemon) : undefined,
    ])
    const dump = reloads === undefined ? undefined : await this.#dumpOf(daemon, reloads)
    // Root's environment is root's to read; what its unit sets is everybody's.
    const environment = own ?? new Map(unit?.variables.map(({ name, value }) => [name, value]))
    return { reload: reloads?.last?.attributes, dump, environment: optionsFrom(environment), unit }
  }

  async #unitOf({ pid, unit }: DaemonProcessInfo): Promise<UnitSources | undefined> {
    if (unit === undefined) return undefined
    // What counts is the unit as it was at the start; the same process has but one.
    if (this.#unit?.pid !== pid) this.#unit = { pid, sources: await readUnit(unit) }
    return this.#unit.sources
  }

  async #reloads({ startedAt }: DaemonProcessInfo): Promise<Reloads | undefined> {
    try {
      const http = await this.from.engine.http()
      return http.local ? await reloadsSince(http, startedAt) : undefined
    } catch {
      return undefined
    }
  }

  async #dumpOf({ pid, startedAt }: DaemonProcessInfo, reloads: Reloads): Promise<Dump | undefined> {
    // Without a reload there is none, and reading a long log is not for nothing.
    if (reloads.complete && reloads.last === undefined) return undefined
    const of = `${pid} ${reloads.last?.at ?? ''}`
    if (this.#dump?.of === of) return this.#dump.dump
    const dump = await this.#searchLog(startedAt)
    if (dump !== undefined || !isFresh(reloads.last)) this.#dump = { of, dump }
    return dump
  }

  async #searchLog(startedAt: number): Promise<Dump | undefined> {
    if (this.from.daemonLog === undefined) return undefined
    try {
      const log = await this.from.daemonLog()
      const lines = await log.kept({ text: DUMP_TEXT }, AbortSignal.timeout(LOG_MS))
      return lastDump(lines, startedAt)
    } catch {
      // There is no log, or it is not this user's to read.
      return undefined
    }
  }
}

function isFresh(last: LastReload | undefined): boolean {
  return last !== undefined && Date.now() - last.at < LINE_MS
}

/** A unit with its drop-ins and environment files; undefined where systemctl does not tell. */
export async function readUnit({
  name,
  user,
}: {
  name: string
  user: boolean
}): Promise<UnitSources | undefined> {
  const answer = await systemctl(['cat'], [name], { user, timeoutMs: SYSTEMCTL_MS })
  if (!answer.ok) return undefined
  const sources = parseUnit(answer.stdout)
  const files = await Promise.all(
    sources.environmentFiles.map(async (path) =>
      // One that is not there, or is root's to read, tells nothing.
      parseEnvironmentFile(await readFile(path, 'utf8').catch(() => ''), path),
    ),
  )
  // Files are read after the unit's own lines, and go before them.
  return { ...sources, variables: [...sources.variables, ...files.flat()] }
}
