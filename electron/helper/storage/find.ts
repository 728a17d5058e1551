import { rootOf, toldPath } from './located'
import { Owners, type Owner } from './owners'
import { follow, type Place } from './places'
import { recentReferences } from './recent'
import { type References } from './references'
import { closeRoots, openRoots, type Root, type Roots, type StoreInUse } from './roots'
import { survey } from './survey'
import { namesOf, pathOf, type Name } from './tree'

export interface FindRequest {
  pid: number | undefined
  store: StoreInUse
  /** What was pasted into the search. */
  words: string
}

export interface Finding {
  as: 'path' | 'layer' | 'link' | 'mount' | 'inode' | 'name'
  found: { path: string; owner: Owner }[]
}

const MAX_FOUND = 200
/** Folders that are looked into for an inode, which no index leads to. */
const MAX_LOOKED = 2_000_000

/**
 * Whom something belongs to: a path, a folder's name below overlay2 or the number of a snapshot, a
 * short link, a line of `mount`, an inode, an image, layer, container or volume by id or name.
 */
export async function findOwner(request: FindRequest, signal: AbortSignal): Promise<Finding> {
  const roots = openRoots(request.pid, request.store)
  try {
    const references = await recentReferences(roots)
    const search = new Search(roots, references, new Owners(references, request.store), signal)
    return await search.run(request.words.trim())
  } finally {
    closeRoots(roots)
  }
}

class Search {
  constructor(
    private readonly roots: Roots,
    private readonly references: References,
    private readonly owners: Owners,
    private readonly signal: AbortSignal,
  ) {}

  async run(words: string): Promise<Finding> {
    if (/\b(lowerdir|upperdir|workdir)=/.test(words)) return { as: 'mount', found: this.ofMount(words) }
    if (words.includes('/') && !words.startsWith('sha256:')) {
      const found = this.ofPath(words)
      if (found.length > 0) return { as: 'path', found }
    }
    if (/^[A-Z2-7]{26}$/.test(words)) return { as: 'link', found: this.ofLink(words) }
    const folder = this.ofFolder(words)
    if (folder.length > 0) return { as: 'layer', found: folder }
    const named = await this.ofName(words)
    if (named.length > 0) return { as: 'name', found: named }
    if (/^(inode\s*)?\d{1,15}$/i.test(words)) {
      const inode = Number(/\d+/.exec(words)?.[0])
      return { as: 'inode', found: await this.ofInode(inode) }
    }
    return { as: words.includes('/') ? 'path' : 'name', found: [] }
  }

  /** A path below a root that is there, or its nearest folder above that is. */
  private ofPath(words: string): Finding['found'] {
    const path = words.replace(/^(\S+) on (\/.*?) type .*$/s, '$2')
    let at: { root: Root; names: Name[] }
    try {
      at = rootOf(this.roots, path)
    } catch {
      return []
    }
    return at.root.tree.stat(...at.names) === undefined ? [] : [this.tell(at.root, at.names)]
  }

  private ofMount(line: string): Finding['found'] {
    const options = /\b(?:upperdir)=([^,\s]+)/.exec(line)?.[1]
    const lowers = /\blowerdir=([^,\s]+)/.exec(line)?.[1]?.split(':') ?? []
    return unique(
      [...(options === undefined ? [] : [options]), ...lowers].flatMap((path) => {
        const short = /(?:^|\/)l\/([A-Z2-7]{26})$/.exec(path)?.[1]
        return short === undefined ? this.ofPath(topOf(path)) : this.ofLink(short)
      }),
    )
  }

  private ofLink(short: string): Finding['found'] {
    const { data, base } = this.roots
    const folder = /^\.\.\/([^/]+)\/diff$/.exec(
      data.link(...base, 'overlay2', 'l', short)?.toString() ?? '',
    )?.[1]
    return folder === undefined ? [] : this.ofFolder(folder)
  }

  /** The folder of a layer, or of a snapshot by its number as `snapshots/12`. */
  private ofFolder(name: string): Finding['found'] {
    if (name === '' || name.includes('/') || name === 'l' || name === '..' || name === '.') return []
    const { data, base, all } = this.roots
    const [root] = all
    if (root === undefined) return []
    const exact = [...namesOf(pathOf(base)), 'overlay2', name]
    if (data.stat(...exact)?.isDirectory() === true) return [this.tell(root, exact)]
    if (!/^[0-9a-z]{6,}$/.test(name)) return []
    return data
      .list(...base, 'overlay2')
      .filter((folder) => String(folder).startsWith(name))
      .slice(0, MAX_FOUND)
      .map((folder) => this.tell(root, [...base, 'overlay2', folder]))
  }

  /** Everything whose owner has the words as its id or name. */
  private async ofName(words: string): Promise<Finding['found']> {
    const plain = words.replace(/^\//, '')
    const id = plain.replace(/^sha256:/, '')
    const isId = /^[0-9a-f]{6,64}$/.test(id)
    const fits = (text: string | undefined): boolean =>
      text !== undefined &&
      (text === plain || text === `${plain}:latest` || (isId && text.replace(/^sha256:/, '').startsWith(id)))
    const images = this.imagesOf(fits)
    const found = await this.units((place, owner) => {
      if (owner.container !== undefined && (fits(owner.container.id) || fits(owner.container.name)))
        return true
      if (owner.images?.some((image) => images.has(image)) === true) return true
      return (
        fits(owner.chainId) || fits(place.id) || fits(owner.id.replace(/^[a-z-]+:/, '')) || fits(owner.name)
      )
    })
    return found
  }

  private imagesOf(fits: (text: string) => boolean): ReadonlySet<string> {
    const found = new Set<string>()
    for (const [id, names] of this.references.layers.images)
      if (fits(id) || names.some(fits)) for (const name of names) found.add(name)
    for (const { images } of this.references.containerd?.snapshots.values() ?? [])
      for (const name of images) if (fits(name)) found.add(name)
    return found
  }

  private async units(wanted: (place: Place, owner: Owner) => boolean): Promise<Finding['found']> {
    const found: Finding['found'] = []
    for (const root of this.roots.all) {
      const { units } = await survey(root, [], false, () => this.pause())
      for (const { names, place } of units) {
        if (found.length >= MAX_FOUND) return found
        const path = toldPath(this.roots, root, names)
        const owner = this.owners.of(place, path)
        if (wanted(place, owner)) found.push({ path, owner })
      }
    }
    return unique(found)
  }

  /** Looks at every entry; several names of one file are all told. */
  private async ofInode(inode: number): Promise<Finding['found']> {
    const found: Finding['found'] = []
    let looked = 0
    for (const root of this.roots.all) {
      const folders: Name[][] = [[]]
      for (let names = folders.pop(); names !== undefined; names = folders.pop()) {
        for (const name of root.tree.list(...names)) {
          if ((looked += 1) % 500 === 0) await this.pause()
          const stat = root.tree.stat(...names, name)
          if (stat === undefined || stat.dev !== root.tree.device) continue
          if (stat.ino === inode) found.push(this.tell(root, [...names, name]))
          if (found.length >= MAX_FOUND || looked > MAX_LOOKED) return found
          // All names of what has but one are found now.
          if (found.length > 0 && (stat.isDirectory() || stat.nlink === 1) && stat.ino === inode) return found
          if (stat.isDirectory()) folders.push([...names, name])
        }
      }
    }
    return found
  }

  private tell(root: Root, names: readonly Name[]): Finding['found'][number] {
    const path = toldPath(this.roots, root, names)
    return { path, owner: this.owners.of(follow(root.rule, names).place, path) }
  }

  private async pause(): Promise<void> {
    await new Promise<void>((resolve) => setImmediate(resolve))
    this.signal.throwIfAborted()
  }
}

/** A snapshot's or a layer's own folder, of the folder in it that is mounted. */
function topOf(path: string): string {
  return path.replace(/\/(diff|fs|work)$/, '')
}

function unique(found: Finding['found']): Finding['found'] {
  return [...new Map(found.map((each) => [each.path, each])).values()]
}
