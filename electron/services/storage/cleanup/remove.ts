import type Docker from 'dockerode'
import { AppError } from '../../../contract/errors'
import { toAppError, type EngineService } from '../../engine'
import type { Item } from './choose'
import type { Picture } from './picture'

/** What the engine works with, for the proof that something is an orphan. */
export interface Store {
  driver: string
  imageStore: 'graphdriver' | 'containerd'
}

/** What removing needs beside the engine. */
export interface Means {
  engine: EngineService
  picture: Picture
  store: Store
  /** Runs a verb of the helper with dockerd's pid filled in. */
  privileged(verb: string, input: Record<string, unknown>): Promise<unknown>
}

/**
 * Removes one item, as it was previewed or not at all: never by force, so a container that was started
 * meanwhile, and what it uses, is refused by the engine itself. Throws `engine/*`,
 * `storage/changed-underneath`, `helper/*`.
 */
export async function removeItem(item: Item, means: Means): Promise<void> {
  const docker = await means.engine.docker()
  try {
    if (item.kind === 'containers') await docker.getContainer(item.id).remove({ v: false, force: false })
    else if (item.kind === 'images') await removeImage(docker, item, means.picture)
    else if (item.kind === 'volumes') await removeVolume(docker, item)
    else if (item.kind === 'networks') await docker.getNetwork(item.id).remove()
    else if (item.kind === 'build-cache') await removeRecord(docker, item)
    else if (item.kind === 'logs') await means.privileged('empty-log', { container: item.id })
    else
      for (const path of means.picture.orphans.find(({ owner }) => owner.id === item.id)?.paths ?? [])
        await means.privileged('quarantine', { ...means.store, path })
  } catch (error) {
    throw toAppError(error)
  }
}

/** Name by name: an image with several cannot go by its id without force. */
async function removeImage(docker: Docker, { id }: Item, picture: Picture): Promise<void> {
  const tags = picture.images.find((image) => image.id === id)?.tags ?? []
  const now = await docker.getImage(id).inspect()
  const others = (now.RepoTags ?? []).filter((tag) => tag !== '<none>:<none>' && !tags.includes(tag))
  if (others.length > 0) throw changed(`The image is called ${others.join(', ')} by now.`)
  for (const tag of tags) {
    if (!(await isNamed(docker, tag, id))) throw changed(`${tag} is another image by now.`)
    await docker.getImage(tag).remove()
  }
  // The last tag of a repository takes its digests along; what is left goes by them, then by the id.
  for (const digest of (now.RepoDigests ?? []).filter((each) => !each.startsWith('<none>')))
    if (await isNamed(docker, digest, id)) await docker.getImage(digest).remove()
  if (await isNamed(docker, id, id)) await docker.getImage(id).remove()
}

async function isNamed(docker: Docker, name: string, id: string): Promise<boolean> {
  try {
    return (await docker.getImage(name).inspect()).Id === id
  } catch (error) {
    const coded = toAppError(error)
    if (coded instanceof AppError && coded.code === 'engine/not-found') return false
    throw coded
  }
}

async function removeVolume(docker: Docker, { id, createdAt }: Item): Promise<void> {
  const volume = docker.getVolume(id)
  const { CreatedAt } = (await volume.inspect()) as { CreatedAt?: string }
  if ((CreatedAt ?? '') !== createdAt) throw changed('A volume of that name was made anew.')
  await volume.remove()
}

/** BuildKit's own prune with the record's id as its filter: there is no other way to remove one. */
async function removeRecord(docker: Docker, { id }: Item): Promise<void> {
  const answer = await new Promise<unknown>((resolve, reject) => {
    docker.modem.dial(
      {
        path: '/build/prune?',
        method: 'POST',
        options: { _query: { all: 1, filters: JSON.stringify({ id: [id] }) }, _body: {} },
        statusCodes: { 200: true, 500: 'server error' },
      },
      (error: unknown, result: unknown) => {
        if (error) reject(error instanceof Error ? error : new Error(String(error)))
        else resolve(result)
      },
    )
  })
  const deleted = (answer as { CachesDeleted?: string[] | null }).CachesDeleted ?? []
  if (!deleted.includes(id)) throw changed('The record is in use by now, or gone.')
}

function changed(message: string): AppError {
  return new AppError('storage/changed-underneath', message)
}
