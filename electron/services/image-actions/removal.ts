import { createHash } from 'node:crypto'
import type Docker from 'dockerode'
import type { OutputOf } from '../../contract/contract'
import { AppError } from '../../contract/errors'
import { toAppError, type EngineService } from '../engine'
import type { ImagesService } from '../images'
import { inPath, repositoryOf, splitName } from './image-name'
import { plain } from './plain'

export type Preview = OutputOf<'image.previewRemove'>
export type Removed = OutputOf<'image.remove'>

/** What the engine tells of an image that is to go. */
interface Target {
  id: string
  tags: string[]
  digests: string[]
  /** The name that was asked with; undefined where it was an id. */
  name: string | undefined
}

/**
 * Takes names and images away, as it was told before or not at all. dockerd's own rules [`ImageDelete`]:
 * the last name of an image takes the image along, unless a container was made from it (refused, by name
 * and by id) or an image of the classic builder stands on it (by name the name goes alone, by id it is
 * refused); an image with several names goes by its id only by force, so here its names go one by one.
 */
export class Removal {
  constructor(
    private readonly engine: EngineService,
    private readonly images: ImagesService,
  ) {}

  async preview(image: string, signal: AbortSignal): Promise<Preview> {
    try {
      return (await this.#look(image, signal)).preview
    } catch (error) {
      throw toAppError(error)
    }
  }

  /** Throws `storage/changed-underneath`, `engine/conflict`, `engine/*`. */
  async remove({ image, digest }: { image: string; digest: string }, signal: AbortSignal): Promise<Removed> {
    try {
      const { preview, target, last } = await this.#look(image, signal)
      if (preview.digest !== digest)
        throw new AppError('storage/changed-underneath', 'What would go is not what the preview listed.', {
          hint: 'Nothing was removed. Look at the preview again.',
        })
      refuseUsed(preview, target, last)
      const docker = await this.engine.docker()
      const removed: Removed = { untagged: [], deleted: [] }
      // Once begun it is finished, whoever has gone meanwhile.
      for (const name of target.name === undefined ? [...target.tags, ...target.digests] : [target.name])
        if (await standsFor(docker, name, target.id)) await take(docker, name, removed)
      // By its id goes what has no name: the last name has taken along what had one.
      if (target.name === undefined && (await standsFor(docker, target.id, target.id)))
        await take(docker, target.id, removed)
      return removed
    } catch (error) {
      throw toAppError(error)
    }
  }

  async #look(
    image: string,
    signal: AbortSignal,
  ): Promise<{ preview: Preview; target: Target; last: boolean }> {
    const docker = await this.engine.docker()
    const target = await find(docker, image, signal)
    const untags = namesThatGo(target)
    const last = untags.length === target.tags.length + target.digests.length
    const [containers, children] = await Promise.all([
      containersOf(docker, target.id, signal),
      childrenOf(docker, target.id, signal),
    ])
    const deletes = last && containers.length === 0 && children === 0
    const { layers, freesBytes } = deletes
      ? await this.#goes(target.id, signal)
      : { layers: [], freesBytes: undefined }
    const facts = { id: target.id, untags, deletes, containers, children }
    return {
      target,
      last,
      preview: {
        digest: digestOf([image, facts, layers.map(({ chainId }) => chainId)]),
        ...facts,
        layers,
        ...(freesBytes === undefined ? {} : { freesBytes }),
      },
    }
  }

  /** Layers that no other image has, and what the engine says they take. */
  async #goes(id: string, signal: AbortSignal): Promise<Pick<Preview, 'layers' | 'freesBytes'>> {
    const [all, status] = await Promise.all([
      this.images.layers({ image: id }, signal),
      this.engine.status(signal),
    ])
    const layers = all
      .filter(({ sharedBy }) => sharedBy.length === 0)
      .map(({ chainId, sizeBytes }) => ({ chainId, ...(sizeBytes === undefined ? {} : { sizeBytes }) }))
    if (status.engine?.imageStore === 'containerd') {
      // Its packed blobs go with it, too: what the engine counts as this image's alone.
      const own = (await this.images.list(signal)).find((each) => each.id === id)
      if (own?.sharedBytes === undefined) return { layers }
      return { layers, freesBytes: Math.max(0, own.sizeBytes - own.sharedBytes) }
    }
    // A graph driver counts as shared what an image has in common with the steps that the classic builder
    // made on the way to it, and these go along. So the layers are summed up.
    const sizes = layers.map(({ sizeBytes }) => sizeBytes)
    if (sizes.some((size) => size === undefined)) return { layers }
    return { layers, freesBytes: sizes.reduce<number>((sum, size = 0) => sum + size, 0) }
  }
}

async function find(docker: Docker, image: string, signal: AbortSignal): Promise<Target> {
  const options = { abortSignal: signal } as object
  const { Id, RepoTags, RepoDigests } = await docker.getImage(inPath(image)).inspect(options)
  const tags = (RepoTags ?? []).filter((name) => !name.startsWith('<none>'))
  const digests = (RepoDigests ?? []).filter((name) => !name.startsWith('<none>'))
  // An id may be cut short, and a name may look like one; what is a name of it is meant as a name.
  const hex = image.replace(/^sha256:/, '')
  const tagged = image.includes('@') ? image : fullName(image)
  const name = [...tags, ...digests].find((each) => each === tagged || each === short(tagged))
  if (name === undefined && Id.startsWith(`sha256:${hex}`)) return { id: Id, tags, digests, name: undefined }
  return { id: Id, tags, digests, name: name ?? image }
}

/** Names that go: with the last tag of a repository its digests, which nothing else would name. */
function namesThatGo({ tags, digests, name }: Target): string[] {
  if (name === undefined) return [...tags, ...digests].sort()
  const repository = repositoryOf(name)
  const others = tags.filter((tag) => tag !== name && repositoryOf(tag) === repository)
  const along = name.includes('@') || others.length > 0 ? [] : digests
  return [...new Set([name, ...along.filter((digest) => repositoryOf(digest) === repository)])].sort()
}

function fullName(name: string): string {
  const { repo, tag } = splitName(name)
  return `${repo}:${tag}`
}

/** As the engine spells a name of the registry that needs no address. */
function short(name: string): string {
  return name.replace(/^(?:index\.)?docker\.io\/(?:library\/)?/, '')
}

async function containersOf(docker: Docker, id: string, signal: AbortSignal): Promise<Preview['containers']> {
  const all = await docker.listContainers({ all: true, abortSignal: signal })
  return all
    .filter(({ ImageID }) => ImageID === id)
    .map(({ Id, Names, State }) => ({
      name: Names?.[0]?.replace(/^\//, '') ?? Id,
      running: ['running', 'paused', 'restarting'].includes(State),
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** Images of the classic builder have the one they were made from as their parent. */
async function childrenOf(docker: Docker, id: string, signal: AbortSignal): Promise<number> {
  const all = await docker.listImages({ all: true, abortSignal: signal })
  return all.filter(({ ParentId }) => ParentId === id).length
}

function refuseUsed({ containers, children }: Preview, { name }: Target, last: boolean): void {
  const used = containers.find(({ running }) => running) ?? containers[0]
  if (last && used !== undefined)
    throw new AppError(
      'engine/conflict',
      `The container ${plain(used.name, 200)} was made from this image.`,
      {
        hint:
          containers.length === 1
            ? 'Remove the container first. Nothing was removed.'
            : `Remove its ${containers.length} containers first. Nothing was removed.`,
        detail: { container: plain(used.name, 200), containers: containers.length },
      },
    )
  if (name === undefined && children > 0)
    throw new AppError('engine/conflict', `${children} images were built on this one.`, {
      hint: 'Remove those first, or take away only the names of this one. Nothing was removed.',
      detail: { children },
    })
}

/** Between the look and the removal somebody may have given the name to another image. */
async function standsFor(docker: Docker, name: string, id: string): Promise<boolean> {
  try {
    return (await docker.getImage(inPath(name)).inspect()).Id === id
  } catch (error) {
    const coded = toAppError(error)
    if (coded instanceof AppError && coded.code === 'engine/not-found') return false
    throw coded
  }
}

async function take(docker: Docker, name: string, removed: Removed): Promise<void> {
  const answer = (await docker.getImage(inPath(name)).remove({ force: false })) as {
    Untagged?: string
    Deleted?: string
  }[]
  for (const { Untagged, Deleted } of answer) {
    if (Untagged !== undefined) removed.untagged.push(Untagged)
    if (Deleted !== undefined) removed.deleted.push(Deleted)
  }
}

function digestOf(facts: unknown): string {
  return createHash('sha256').update(JSON.stringify(facts)).digest('hex')
}
