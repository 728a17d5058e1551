import type { StorageKind, StorageScan, StorageShare } from '../../app/storage/kinds'
import { squarify, type Rect } from '../../lib/squarify'
import { inset, STRIP, type MapTile } from '../../ui/tiles'

/** A rectangle of the map: a kind of owners, one owner, or those too small for one of their own. */
export interface Tile extends MapTile {
  what: 'kind' | 'owner' | 'more'
  kinds: readonly StorageKind[]
  /** Of a kind: owners in it; of `more`: owners it stands for. */
  owners: number
  share?: StorageShare
}

/** Smallest tile that can be pointed at, and smallest kind with one of its own, in square pixels. */
const OWNER_AREA = 700
const KIND_AREA = 500
/** Most owners drawn in one kind: beyond that nobody tells them apart. */
const MOST = 120
const GAP = 2

interface Group {
  kind: StorageKind
  bytes: number
  owners: number
  shares: StorageShare[]
}

/** Owners by kind, the largest kind first. */
export function groupsOf(scan: StorageScan, only: readonly StorageKind[] | undefined): Group[] {
  const groups = new Map<StorageKind, Group>()
  const groupOf = (kind: StorageKind): Group => {
    const found = groups.get(kind) ?? { kind, bytes: 0, owners: 0, shares: [] }
    groups.set(kind, found)
    return found
  }
  const wanted = (kind: StorageKind) => only === undefined || only.includes(kind)
  for (const share of scan.shares) {
    if (!wanted(share.owner.kind)) continue
    const group = groupOf(share.owner.kind)
    group.bytes += share.bytes
    group.owners += 1
    group.shares.push(share)
  }
  for (const { kind, owners, bytes } of scan.rest) {
    if (!wanted(kind)) continue
    const group = groupOf(kind)
    group.bytes += bytes
    group.owners += owners
  }
  for (const { shares } of groups.values()) shares.sort((a, b) => b.bytes - a.bytes)
  return [...groups.values()].sort((a, b) => b.bytes - a.bytes)
}

/** The map of a scan in a box of `width` by `height` pixels; `only` are the kinds it is zoomed to. */
export function tilesOf(
  scan: StorageScan,
  only: readonly StorageKind[] | undefined,
  { width, height }: { width: number; height: number },
): Tile[] {
  const groups = groupsOf(scan, only).filter(({ bytes }) => bytes > 0)
  const box: Rect = { x: 0, y: 0, width, height }
  const [first] = groups
  if (!first) return []
  if (groups.length === 1) return ownerTiles(first, box)
  const total = groups.reduce((sum, { bytes }) => sum + bytes, 0)
  const large = groups.filter(({ bytes }) => (bytes / total) * width * height >= KIND_AREA)
  const small = groups.slice(large.length)
  const smallBytes = small.reduce((sum, { bytes }) => sum + bytes, 0)
  // Thinner than this nothing could be pointed at: small kinds stand together, a little too large.
  const floor = (KIND_AREA / (width * height)) * total
  const values = [
    ...large.map(({ bytes }) => bytes),
    ...(small.length > 0 ? [Math.max(smallBytes, floor)] : []),
  ]
  const rects = squarify(values, box)
  const tiles = large.flatMap((group, index) => kindTiles(group, rects[index] ?? box))
  const rest = rects[large.length]
  if (rest && small.length > 0)
    tiles.push({
      key: 'more',
      what: 'more',
      kinds: small.map(({ kind }) => kind),
      rect: inset(rest, GAP / 2),
      bytes: smallBytes,
      owners: small.reduce((sum, { owners }) => sum + owners, 0),
      holds: false,
    })
  return tiles
}

/** A kind with its owners on it, where there is room for them. */
function kindTiles(group: Group, rect: Rect): Tile[] {
  const own = inset(rect, GAP / 2)
  const inner: Rect = {
    x: own.x + GAP,
    y: own.y + STRIP,
    width: own.width - 2 * GAP,
    height: own.height - STRIP - GAP,
  }
  const holds = inner.width >= 44 && inner.height >= 30
  const kind: Tile = {
    key: `kind:${group.kind}`,
    what: 'kind',
    kinds: [group.kind],
    rect: own,
    bytes: group.bytes,
    owners: group.owners,
    holds,
  }
  return holds ? [kind, ...ownerTiles(group, inner)] : [kind]
}

function ownerTiles({ kind, bytes, owners, shares }: Group, box: Rect): Tile[] {
  const area = box.width * box.height
  const drawn = shares
    .slice(0, MOST)
    .filter((share) => share.bytes > 0 && (share.bytes / bytes) * area >= OWNER_AREA)
  const drawnBytes = drawn.reduce((sum, share) => sum + share.bytes, 0)
  const left = owners - drawn.length
  const leftBytes = bytes - drawnBytes
  const values = drawn.map((share) => share.bytes)
  if (left > 0) values.push(Math.max(leftBytes, (OWNER_AREA / area) * bytes))
  const rects = squarify(values, box)
  const tiles = drawn.map((share, index): Tile => ({
    key: share.owner.id,
    what: 'owner',
    kinds: [kind],
    rect: inset(rects[index] ?? box, GAP / 2),
    bytes: share.bytes,
    owners: 1,
    share,
    holds: false,
  }))
  const rest = rects[drawn.length]
  if (left > 0 && rest)
    tiles.push({
      key: `more:${kind}`,
      what: 'more',
      kinds: [kind],
      rect: inset(rest, GAP / 2),
      bytes: leftBytes,
      owners: left,
      holds: false,
    })
  return tiles
}
