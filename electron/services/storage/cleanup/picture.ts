import { fromStatus, toAppError, type EngineHttp, type EngineService } from '../../engine'
import type { Owner } from '../index'
import { askPart, type CacheRecord } from '../usage'

/** A directory walk of every container's upper may take long. Milliseconds. */
const SLOW_MS = 300_000
const SILENCE_MS = 30_000

export interface ImageRow {
  id: string
  parent: string
  tags: string[]
  digests: string[]
  createdAt: string
  labels: Record<string, string>
  sizeBytes: number
  /** Made by a build on the way to another: it has no name and goes with the last that stands on it. */
  intermediate: boolean
  dangling: boolean
}

export interface ContainerRow {
  id: string
  name: string
  imageId: string
  image: string
  state: string
  createdAt: string
  labels: Record<string, string>
  volumes: string[]
  networks: string[]
  /** Only when sizes were asked for. */
  writtenBytes?: number
}

export interface VolumeRow {
  name: string
  driver: string
  createdAt: string
  labels: Record<string, string>
}

export interface NetworkRow {
  id: string
  name: string
  createdAt: string
  labels: Record<string, string>
  /** dockerd's own, of a swarm, or the template of others. */
  fixed: boolean
}

/** Everything a cleanup may touch, as it is at one moment. */
export interface Picture {
  images: ImageRow[]
  containers: ContainerRow[]
  volumes: VolumeRow[]
  networks: NetworkRow[]
  cache: CacheRecord[]
  /** Of the last scan. */
  orphans: { owner: Owner; paths: string[]; bytes: number }[]
}

interface RawImage {
  Id: string
  ParentId?: string
  RepoTags?: string[] | null
  RepoDigests?: string[] | null
  Created: number
  Labels?: Record<string, string> | null
  Size: number
}

interface RawContainer {
  Id: string
  Names?: string[] | null
  Image: string
  ImageID: string
  State: string
  Created: number
  Labels?: Record<string, string> | null
  Mounts?: { Type: string; Name?: string }[] | null
  NetworkSettings?: { Networks?: Record<string, { NetworkID?: string }> | null } | null
  SizeRw?: number
}

interface RawVolume {
  Name: string
  Driver: string
  CreatedAt?: string
  Labels?: Record<string, string> | null
}

interface RawNetwork {
  Id: string
  Name: string
  Created: string
  Scope: string
  Driver: string
  Ingress?: boolean
  ConfigOnly?: boolean
  Labels?: Record<string, string> | null
}

const BUILT_IN = new Set(['bridge', 'host', 'none'])

/** What the engine has now. `cache` only where it is asked for: BuildKit counts it up each time. */
export async function takePicture(
  engine: EngineService,
  { cache, sizes, signal }: { cache: boolean; sizes: boolean; signal: AbortSignal },
): Promise<Omit<Picture, 'orphans'>> {
  const http = await engine.http()
  const ask = <T>(path: string, timeoutMs = SILENCE_MS) => get<T>(http, path, signal, timeoutMs)
  const dangling = encodeURIComponent(JSON.stringify({ dangling: ['true'] }))
  const [all, named, loose, containers, { Volumes }, networks] = await Promise.all([
    ask<RawImage[]>('/images/json?all=1'),
    ask<RawImage[]>('/images/json'),
    ask<RawImage[]>(`/images/json?filters=${dangling}`),
    ask<RawContainer[]>(`/containers/json?all=1${sizes ? '&size=1' : ''}`, SLOW_MS),
    ask<{ Volumes: RawVolume[] | null }>('/volumes'),
    ask<RawNetwork[]>('/networks'),
  ])
  const shown = new Set(named.map(({ Id }) => Id))
  const hanging = new Set(loose.map(({ Id }) => Id))
  return {
    images: all.map((image) => describeImage(image, !shown.has(image.Id), hanging.has(image.Id))),
    containers: containers.map((each) => describeContainer(each, sizes)),
    volumes: (Volumes ?? []).map(({ Name, Driver, CreatedAt, Labels }) => ({
      name: Name,
      driver: Driver,
      createdAt: CreatedAt ?? '',
      labels: Labels ?? {},
    })),
    networks: networks.map(({ Id, Name, Created, Scope, Ingress, ConfigOnly, Labels }) => ({
      id: Id,
      name: Name,
      createdAt: Created,
      labels: Labels ?? {},
      fixed: BUILT_IN.has(Name) || Scope !== 'local' || Ingress === true || ConfigOnly === true,
    })),
    cache: cache ? ((await askPart(engine, 'build-cache')).BuildCache ?? []) : [],
  }
}

/** Asks the engine. Throws `engine/*`. */
export async function get<T>(
  http: EngineHttp,
  path: string,
  signal: AbortSignal,
  timeoutMs = SILENCE_MS,
): Promise<T> {
  return JSON.parse(await text(http, path, signal, timeoutMs)) as T
}

async function text(http: EngineHttp, path: string, signal: AbortSignal, timeoutMs: number): Promise<string> {
  const { status, body } = await http.get(path, { signal, timeoutMs }).catch((error: unknown) => {
    throw toAppError(error)
  })
  if (status !== 200) throw fromStatus(status, body.trim().slice(0, 300))
  return body
}

function describeImage(image: RawImage, intermediate: boolean, dangling: boolean): ImageRow {
  const { Id, ParentId = '', RepoTags, RepoDigests, Created, Labels, Size } = image
  return {
    id: Id,
    parent: ParentId,
    tags: (RepoTags ?? []).filter((tag) => tag !== '<none>:<none>').sort(),
    digests: (RepoDigests ?? []).filter((digest) => !digest.startsWith('<none>@')).sort(),
    createdAt: iso(Created),
    labels: Labels ?? {},
    sizeBytes: Size,
    intermediate,
    dangling,
  }
}

function describeContainer(container: RawContainer, sizes: boolean): ContainerRow {
  const { Id, Names, Image, ImageID, State, Created, Labels, Mounts, NetworkSettings, SizeRw } = container
  return {
    id: Id,
    name: Names?.[0]?.replace(/^\//, '') ?? Id.slice(0, 12),
    imageId: ImageID,
    image: Image,
    state: State,
    createdAt: iso(Created),
    labels: Labels ?? {},
    volumes: (Mounts ?? []).flatMap(({ Type, Name }) =>
      Type === 'volume' && Name !== undefined ? [Name] : [],
    ),
    networks: Object.entries(NetworkSettings?.Networks ?? {}).flatMap(([name, { NetworkID }]) => [
      name,
      ...(NetworkID ? [NetworkID] : []),
    ]),
    ...(sizes ? { writtenBytes: SizeRw ?? 0 } : {}),
  }
}

function iso(seconds: number): string {
  return new Date(seconds * 1000).toISOString()
}
