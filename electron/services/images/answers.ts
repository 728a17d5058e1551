/** What is taken of the engine's answers; every other field is left. */

export interface InspectedImage {
  id: string
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
    diffIds,
    directories: directories.length === diffIds.length ? directories : [],
  }
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
export function parseHistory(body: string): { createdBy: string; createdAt?: string; sizeBytes: number }[] {
  return list(JSON.parse(body))
    .map((value) => {
      const step = fields(value)
      const createdAt = timeOf(step['Created'])
      return {
        createdBy: (text(step['CreatedBy']) ?? '').slice(0, 2_000),
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
