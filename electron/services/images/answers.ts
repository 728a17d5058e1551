import type { Step } from './history'

/** What is taken of the engine's answers and of an image's config; every other field is left. */

/** Characters of an instruction: some hold a whole script. */
const MAX_INSTRUCTION = 2_000

export interface InspectedImage {
  id: string
  /** As in `linux/arm64/v8`. */
  platform: string | undefined
  diffIds: string[]
  /** Folders of the layers, the lowest first; none where the engine does not tell them. */
  directories: string[]
}

interface Fields {
  [name: string]: unknown
}

/** `GET /images/<name>/json` */
export function parseImage(body: string): InspectedImage {
  const image = fields(JSON.parse(body))
  const data = fields(fields(image['GraphDriver'])['Data'])
  const lower = text(data['LowerDir'])?.split(':').reverse() ?? []
  const upper = text(data['UpperDir'])
  const diffIds = texts(fields(image['RootFS'])['Layers'])
  const directories = [...lower, ...(upper === undefined ? [] : [upper])]
  return {
    id: text(image['Id']) ?? '',
    platform: platformOf(image['Os'], image['Architecture'], image['Variant']),
    diffIds,
    directories: directories.length === diffIds.length ? directories : [],
  }
}

/** `GET /images/<name>/json`: what a container is made with. */
export function parseConfig(body: string): unknown {
  return fields(JSON.parse(body))['Config']
}

/** An image's own config (OCI image-spec, config.md), as archives have it. */
export interface ImageConfig {
  platform: string | undefined
  diffIds: string[]
  /** What a container is made with. */
  config: unknown
  history: (Step & { empty: boolean })[]
}

export function parseImageConfig(body: string): ImageConfig {
  const image = fields(JSON.parse(body))
  return {
    platform: platformOf(image['os'], image['architecture'], image['variant']),
    diffIds: texts(fields(image['rootfs'])['diff_ids']),
    config: image['config'],
    history: list(image['history']).map((value) => {
      const step = fields(value)
      const created = Date.parse(text(step['created']) ?? '')
      return {
        createdBy: (text(step['created_by']) ?? '').slice(0, MAX_INSTRUCTION),
        // The year 1 is what Go writes for no time.
        ...(created > 0 ? { createdAt: new Date(created).toISOString() } : {}),
        sizeBytes: 0,
        empty: step['empty_layer'] === true,
      }
    }),
  }
}

/** `linux/arm64/v8`; undefined where the engine tells none. */
function platformOf(os: unknown, architecture: unknown, variant: unknown): string | undefined {
  const parts = [text(os), text(architecture), text(variant)].flatMap((part) => part ?? [])
  return text(os) === undefined || parts.length < 2 ? undefined : parts.join('/')
}

export interface ListedImage {
  id: string
  tags: string[]
  digests: string[]
  createdAt: string
  sizeBytes: number
  sharedBytes: number | undefined
}

/** `GET /images/json`; what has no name is told as `<none>` there. */
export function parseImages(body: string): ListedImage[] {
  return list(JSON.parse(body)).map((value) => {
    const image = fields(value)
    const shared = Number(image['SharedSize'] ?? -1)
    return {
      id: text(image['Id']) ?? '',
      tags: texts(image['RepoTags']).filter((name) => name !== '<none>:<none>'),
      digests: texts(image['RepoDigests']).filter((name) => name !== '<none>@<none>'),
      createdAt: timeOf(image['Created']) ?? new Date(0).toISOString(),
      sizeBytes: Number(image['Size'] ?? 0),
      sharedBytes: shared < 0 ? undefined : shared,
    }
  })
}

/** `GET /containers/json`: names by the id of the image. */
export function parseUsers(body: string): Map<string, string[]> {
  const users = new Map<string, string[]>()
  for (const value of list(JSON.parse(body))) {
    const container = fields(value)
    const image = text(container['ImageID'])
    const name = texts(container['Names'])[0]?.replace(/^\//, '') ?? text(container['Id'])
    if (image === undefined || name === undefined) continue
    users.set(image, [...(users.get(image) ?? []), name])
  }
  return users
}

/** `GET /images/<name>/history`, turned so that the oldest comes first. */
export function parseHistory(body: string): Step[] {
  return list(JSON.parse(body))
    .map((value) => {
      const step = fields(value)
      const createdAt = timeOf(step['Created'])
      return {
        createdBy: (text(step['CreatedBy']) ?? '').slice(0, MAX_INSTRUCTION),
        ...(createdAt === undefined ? {} : { createdAt }),
        sizeBytes: Number(step['Size'] ?? 0),
      }
    })
    .reverse()
}

/** Seconds since 1970; the year 1, which Go writes for no time, is none. */
function timeOf(seconds: unknown): string | undefined {
  return typeof seconds === 'number' && seconds > 0 && seconds < 8_640_000_000_000
    ? new Date(seconds * 1_000).toISOString()
    : undefined
}

function fields(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {}
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? (value as unknown[]) : []
}

function texts(value: unknown): string[] {
  return list(value).filter((each) => typeof each === 'string')
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}
