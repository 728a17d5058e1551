import { readdirSync, statSync } from 'node:fs'
import { setImmediate, setTimeout } from 'node:timers/promises'
import { because, isSuspect, Owners, type Because, type Owner } from './owners'
import { follow, type Place } from './places'
import { readReferences, type References } from './references'
import { closeRoots, openRoots, type Root, type Roots, type StoreInUse } from './roots'
import { namesOf, pathOf, type Name, type Tree } from './tree'

/** What is younger may still be being made: it has to stand still for a while. */
const YOUNG_MS = 10 * 60_000
const STILL_MS = 2_000

/** Something that nothing seems to refer to. */
export interface Suspect {
  tree: Tree
  names: readonly Name[]
  place: Place
}

/**
 * Which of the suspects are orphans. The references are read anew: what has got one meanwhile is none.
 * Nothing is an orphan while it is mounted, stands below another layer, belongs to a store whose
 * references could not be read, or may be in the making: a young one must not change for two seconds,
 * and no thread of the engine may work in it. Answers the owners of all suspects in their order.
 */
export async function judge(
  roots: Roots,
  suspects: readonly Suspect[],
  signal?: AbortSignal,
): Promise<Owner[]> {
  if (suspects.length === 0) return []
  const before = suspects.map(stateOf)
  const young = before.some((state) => state !== undefined && isYoung(state, roots))
  const pause = async (): Promise<void> => {
    await setImmediate()
    signal?.throwIfAborted()
  }
  if (young) await setTimeout(STILL_MS, undefined, signal === undefined ? {} : { signal })
  const references = await readReferences(roots, pause)
  const owners = new Owners(references, roots.store)
  const below = lowersOf(roots, suspects)
  return suspects.map((suspect, index) => {
    const path = pathOf(suspect.names)
    const owner = owners.of(suspect.place, path)
    if (!isSuspect(owner)) return owner
    const [was, is] = [before[index], stateOf(suspect)]
    if (was === undefined || is === undefined) return inTheMaking(owner, 'gone')
    const obstacle =
      (isYoung(is, roots) && was.text !== is.text ? 'in-the-making' : undefined) ??
      (isWorkedIn(is, roots) ? 'in-the-making' : undefined) ??
      (isMounted(suspect, references) ? 'mounted' : undefined) ??
      (below.has(linkOf(suspect) ?? '') ? 'below-a-layer' : undefined)
    if (obstacle !== undefined) return inTheMaking(owner, obstacle)
    const unread = unreadFor(suspect.place, references)
    if (unread !== undefined)
      return { ...owner, id: `unknown:${path}`, kind: 'unknown', inUse: true, because: [unread] }
    return { ...owner, id: `orphan:${path}`, kind: 'orphan', because: lookedThrough(suspect.place) }
  })
}

/**
 * Whether a path below the data-root (relative, as asked with) is an orphan at this moment, with
 * the reasons. For whoever is about to move it away.
 */
export async function proveOrphan(
  pid: number,
  store: StoreInUse,
  path: string,
): Promise<{ orphan: boolean; because: Because[] }> {
  const roots = openRoots(pid, store)
  try {
    const names = namesOf(path)
    const [root] = roots.all
    if (root === undefined || !isTopOfUnit(root, names)) return { orphan: false, because: [] }
    const [owner] = await judge(roots, [{ tree: root.tree, names, place: follow(root.rule, names).place }])
    return { orphan: owner?.kind === 'orphan', because: owner?.because ?? [] }
  } finally {
    closeRoots(roots)
  }
}

/** Only a whole thing can be an orphan, never a part of one. */
function isTopOfUnit(root: Root, names: readonly Name[]): boolean {
  if (names.length === 0) return false
  const own = follow(root.rule, names).place
  const above = follow(root.rule, names.slice(0, -1)).place
  return own.id !== undefined && (own.what !== above.what || own.id !== above.id)
}

interface State {
  /** Everything of it that changes while it is made. */
  text: string
  changedAt: number
  device: number
  inodes: number[]
}

function stateOf({ tree, names }: Suspect): State | undefined {
  const stats = [[], ['diff'], ['fs']].flatMap((more) => tree.stat(...names, ...more) ?? [])
  const [own] = stats
  if (own === undefined) return undefined
  return {
    text: stats
      .map((stat) => `${stat.ino} ${stat.ctimeMs} ${stat.mtimeMs} ${stat.size} ${stat.nlink}`)
      .join(),
    changedAt: Math.max(...stats.map(({ ctimeMs }) => ctimeMs)),
    device: own.dev,
    inodes: stats.map(({ ino }) => ino),
  }
}

/** What is older than the engine's process was not begun by it, and no other makes layers here. */
function isYoung({ changedAt }: State, { engineStartedAt }: Roots): boolean {
  return changedAt > Date.now() - YOUNG_MS && (engineStartedAt === undefined || changedAt > engineStartedAt)
}

/** dockerd unpacks a layer in a thread or a process whose root folder is the layer's. */
function isWorkedIn({ device, inodes }: State, { pid }: Roots): boolean {
  const folders = [
    ...(pid === undefined
      ? []
      : namesOfFolder(`/proc/${pid}/task`).map((task) => `/proc/${pid}/task/${task}`)),
    ...namesOfFolder('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map((name) => `/proc/${name}`),
  ]
  return folders.some((folder) => {
    try {
      const root = statSync(`${folder}/root/.`)
      return root.dev === device && inodes.includes(root.ino)
    } catch {
      return false
    }
  })
}

function namesOfFolder(path: string): string[] {
  try {
    return readdirSync(path)
  } catch {
    return []
  }
}

/** The short link by which the layer is mounted; a copy of a layer names one that leads to the original. */
function linkOf({ tree, names, place }: Suspect): string | undefined {
  if (place.what !== 'layer-folder') return undefined
  const short = tree.text(...names, 'link')
  if (short === undefined) return undefined
  const target = tree.link(...names.slice(0, -1), 'l', short)?.toString()
  return target === `../${place.id ?? ''}/diff` ? short : undefined
}

function isMounted(suspect: Suspect, { mounts }: References): boolean {
  const id = suspect.place.id ?? ''
  if (suspect.place.what === 'snapshot') return mounts.includes(`/snapshots/${id}/`)
  if (suspect.place.what !== 'layer-folder') return false
  const short = linkOf(suspect)
  return mounts.includes(`/overlay2/${id}/`) || (short !== undefined && mounts.includes(`l/${short}`))
}

/** Short links of the layers that stand below a layer which is no suspect itself. */
function lowersOf({ data, base }: Roots, suspects: readonly Suspect[]): ReadonlySet<string> {
  const found = new Set<string>()
  if (!suspects.some(({ place }) => place.what === 'layer-folder')) return found
  const suspected = new Set(suspects.map(({ names }) => pathOf(names)))
  data.within([...base, 'overlay2'], (all) => {
    for (const folder of all.list()) {
      if (suspected.has(pathOf([...base, 'overlay2', folder]))) continue
      for (const link of all.text(folder, 'lower')?.split(':') ?? []) found.add(link.replace(/^l\//, ''))
    }
  })
  return found
}

function unreadFor({ what }: Place, { unreadable }: References): Because | undefined {
  const store = what === 'layer-folder' ? 'build-cache' : 'containerd'
  const cause = what === 'container-files' ? undefined : unreadable.get(store)
  return cause === undefined ? undefined : because('store-unreadable', { store, cause })
}

function lookedThrough({ what }: Place): Because[] {
  const places: Partial<Record<Place['what'], string[]>> = {
    'layer-folder': ['no-layerdb', 'no-layerdb-mount', 'no-mount', 'no-cache', 'no-image'],
    snapshot: ['no-snapshot', 'no-mount', 'no-cache', 'no-image'],
    content: ['no-content', 'no-cache', 'no-image'],
    'container-files': ['no-container'],
    log: ['no-container'],
  }
  return [...(places[what] ?? []), 'no-reference'].map((code) => because(code))
}

function inTheMaking(owner: Owner, code: string): Owner {
  return { ...owner, id: owner.id.replace(/^suspect:/, 'temporary:'), because: [because(code)] }
}
