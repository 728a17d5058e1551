import { setImmediate } from 'node:timers/promises'
import { HelperError } from '../verb'
import { createCrew, type Crew } from './crew'
import { Ledger } from './ledger'
import { rootOf, toldPath } from './located'
import { keyOf, Memory } from './memory'
import { isSuspect, Owners, type Owner } from './owners'
import { judge, type Suspect } from './proof'
import { readReferences } from './references'
import { closeRoots, openRoots, type Roots, type StoreInUse } from './roots'
import { survey, type Survey, type Unit } from './survey'

export interface ScanRequest {
  pid: number | undefined
  store: StoreInUse
  /** A folder below a root, as asked with; all roots without it. */
  path: string | undefined
  /** Counts everything anew. */
  fresh: boolean
}

/** What has changed since the last report. Units are told once, their figures as they grow. */
export interface ScanReport {
  /** Of the trees that are walked, or the folder asked for. */
  roots: string[]
  entries: number
  bytes: number
  rememberedBytes: number
  missed: number
  owners: Owner[]
  units: { unit: number; path: string; owner: string; isFolder: boolean }[]
  /** Unit, bytes, entries: three numbers each. */
  figures: number[]
}

const REPORT_MS = 250
/** Units of one report: it has to stay a line of reasonable length. */
const MAX_UNITS = 1_000

/**
 * Walks the trees and reports what lies there and whose it is, four times a second. Resolves when
 * everything was counted and told; stopped by `signal`, which rejects.
 */
export async function scan(
  request: ScanRequest,
  report: (report: ScanReport) => void,
  signal: AbortSignal,
): Promise<void> {
  const roots = openRoots(request.pid, request.store)
  let crew: Crew | undefined
  try {
    const pause = async (): Promise<void> => {
      await setImmediate()
      signal.throwIfAborted()
    }
    // Processes need a moment to start, and what follows is done meanwhile.
    crew = createCrew(roots.all.map(({ tree }) => tree.fd))
    const { found, shown } = await surveyAll(roots, request.path, pause)
    const references = await readReferences(roots, pause)
    const owners = new Owners(references, roots.store)
    const memory = await Memory.open(roots, request.fresh)
    const ledger = new Ledger(found.units)
    ledger.missed = found.missed
    for (const file of found.linked) ledger.link(file)
    const reporter = new Reporter(roots, shown, found.units, ledger, owners, report)

    const keys = new Map<number, string>()
    const own = found.units.map(({ bytes, entries }) => [bytes, entries] as const)
    const tasks = found.tasks.filter(({ unit }) => {
      const at = found.units[unit]
      const key = at === undefined ? undefined : keyOf(at, references)
      if (key === undefined) return true
      keys.set(unit, key)
      const known = memory.get(key)
      if (known === undefined) return true
      ledger.count(unit, ...known)
      reporter.rememberedBytes += known[0]
      return false
    })
    await crew.walk(
      tasks,
      (each) => {
        ledger.add(each)
        reporter.tell()
      },
      signal,
    )
    signal.throwIfAborted()
    await reporter.settle(signal)
    if (request.path === undefined) await memory.save(learned(found.units, own, keys, ledger))
  } finally {
    crew?.end()
    closeRoots(roots)
  }
}

async function surveyAll(
  roots: Roots,
  path: string | undefined,
  pause: () => Promise<void>,
): Promise<{ found: Survey; shown: string[] }> {
  const found: Survey = { units: [], tasks: [], linked: [], missed: 0 }
  if (path !== undefined && path !== '') {
    const { root, names } = rootOf(roots, path)
    await survey(root, names, true, pause, found)
    if (found.units.length === 0)
      throw new HelperError('helper/path-refused', `${path} is no folder that can be opened.`, {
        hint: 'It may be gone, or a link or another file system stands in the way.',
        detail: { path },
      })
    return { found, shown: [path] }
  }
  for (const root of roots.all) await survey(root, [], false, pause, found)
  return { found, shown: roots.all.map(({ tree }) => tree.path) }
}

/** What the next scan need not count. */
function learned(
  units: readonly Unit[],
  own: readonly (readonly [number, number])[],
  keys: ReadonlyMap<number, string>,
  ledger: Ledger,
): Record<string, readonly [number, number]> {
  const entangled = ledger.entangled()
  return Object.fromEntries(
    [...keys].flatMap(([index, key]) => {
      const [unit, itself] = [units[index], own[index]]
      if (unit === undefined || itself === undefined || entangled.has(index)) return []
      return [[key, [unit.bytes - itself[0], unit.entries - itself[1]]]]
    }),
  )
}

class Reporter {
  rememberedBytes = 0
  #at = performance.now()
  #first = true
  readonly #ownerOf: Owner[]
  readonly #told = new Set<string>()

  constructor(
    private readonly roots: Roots,
    private readonly shown: string[],
    private readonly units: readonly Unit[],
    private readonly ledger: Ledger,
    owners: Owners,
    private readonly report: (report: ScanReport) => void,
  ) {
    this.#ownerOf = units.map((unit) => owners.of(unit.place, this.#path(unit)))
  }

  /** Reports, unless it was done just now. */
  tell(): void {
    if (!this.#first && performance.now() - this.#at < REPORT_MS) return
    this.#tellAll()
  }

  /** Finds out what the suspects are, and reports the rest. */
  async settle(signal: AbortSignal): Promise<void> {
    this.#tellAll()
    const at = this.#ownerOf.flatMap((owner, unit) => (isSuspect(owner) ? [unit] : []))
    const suspects = at.flatMap((index): Suspect[] => {
      const unit = this.units[index]
      return unit === undefined ? [] : [{ tree: unit.root.tree, names: unit.names, place: unit.place }]
    })
    const owners = await judge(this.roots, suspects, signal)
    at.forEach((unit, index) => {
      const owner = owners[index]
      if (owner !== undefined) this.#ownerOf[unit] = owner
    })
    this.#send(at, new Set(at))
  }

  #tellAll(): void {
    const all = this.#first ? new Set(this.units.keys()) : new Set<number>()
    this.#first = false
    this.#send(this.ledger.takeChanged(), all)
    this.#at = performance.now()
  }

  /** Figures of the units, and with `introduced` whose they are. */
  #send(units: readonly number[], introduced: ReadonlySet<number>): void {
    for (let at = 0; at === 0 || at < units.length; at += MAX_UNITS) {
      const part = units.slice(at, at + MAX_UNITS)
      const owners: Owner[] = []
      const told: ScanReport['units'] = []
      for (const unit of part) {
        const [known, owner] = [this.units[unit], this.#ownerOf[unit]]
        if (known === undefined || owner === undefined || !introduced.has(unit)) continue
        if (!this.#told.has(owner.id)) owners.push(owner)
        this.#told.add(owner.id)
        told.push({ unit, path: this.#path(known), owner: owner.id, isFolder: known.isFolder })
      }
      const { entries, bytes, missed } = this.ledger
      this.report({
        roots: this.shown,
        entries,
        bytes,
        missed,
        rememberedBytes: this.rememberedBytes,
        owners,
        units: told,
        figures: part.flatMap((unit) => {
          const { bytes: has = 0, entries: count = 0 } = this.units[unit] ?? {}
          return [unit, has, count]
        }),
      })
    }
  }

  #path({ root, names }: Unit): string {
    return toldPath(this.roots, root, names)
  }
}
