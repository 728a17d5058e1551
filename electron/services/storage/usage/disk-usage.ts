/** `/system/df` as 20.10 (API 1.41) to 29 answer it up to API 1.51. Every field may be missing. */
export interface DiskUsage {
  /** Graph driver: layers of images, each once. containerd store: compressed content and snapshots. */
  LayersSize?: number
  Images?: UsedImage[] | null
  Containers?: UsedContainer[] | null
  Volumes?: UsedVolume[] | null
  BuildCache?: CacheRecord[] | null
}

export interface UsedImage {
  Id: string
  Containers: number
  Size: number
  /** -1 where it was not computed. */
  SharedSize: number
}

export interface UsedContainer {
  Id: string
  State: string
  /** Missing when it is 0. */
  SizeRw?: number
}

export interface UsedVolume {
  Name: string
  Driver: string
  Labels?: Record<string, string> | null
  CreatedAt?: string
  /** Size and RefCount are -1 where they are not known. */
  UsageData?: { RefCount: number; Size: number } | null
}

export interface CacheRecord {
  ID: string
  Type: string
  Description: string
  InUse: boolean
  /** Image layers stand on it as well. */
  Shared: boolean
  Size: number
  CreatedAt: string
  LastUsedAt?: string | null
  /** Records it stands on. */
  parents: string[]
}

/** Reads an answer. Throws an Error for what is no JSON object. */
export function parseDiskUsage(body: string): DiskUsage {
  const usage: unknown = JSON.parse(body)
  if (typeof usage !== 'object' || usage === null) throw new Error('/system/df is not an object')
  const { LayersSize, Images, Containers, Volumes, BuildCache } = usage as DiskUsage
  return {
    // Asked for one part, the engine answers 0 and null for the others.
    ...(LayersSize === undefined || !Array.isArray(Images) ? {} : { LayersSize }),
    ...(Array.isArray(Images) ? { Images } : {}),
    ...(Array.isArray(Containers) ? { Containers } : {}),
    ...(Array.isArray(Volumes) ? { Volumes } : {}),
    ...(Array.isArray(BuildCache)
      ? { BuildCache: BuildCache.map((record) => ({ ...record, parents: parentsOf(record) })) }
      : {}),
  }
}

/** `Parent` until API 1.41; since 1.42 a list, in a key that engines up to 28 write with a blank before it. */
function parentsOf(record: object): string[] {
  const fields = record as { Parent?: unknown; Parents?: unknown; ' Parents'?: unknown }
  const list = fields.Parents ?? fields[' Parents'] ?? (fields.Parent ? [fields.Parent] : [])
  return Array.isArray(list) ? list.filter((each) => typeof each === 'string') : []
}
