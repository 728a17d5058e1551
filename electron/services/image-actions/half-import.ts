import type Docker from 'dockerode'
import type { EngineService } from '../engine'
import { inPath } from './image-name'

/** A layer that containerd has in its store and could not unpack, in the engine's words of it. */
const BROKEN_LAYER = /failed to extract layer (sha256:[0-9a-f]{64})/

/**
 * Takes back what a failed import leaves with the containerd store: there dockerd (28) makes the image,
 * with its name, before it unpacks the layer, and leaves both when that fails. `said` are its words, which
 * name the layer: only an image of that very layer goes, never by force, and a name that stood for
 * another image before stands for that again. Never rejects: it is the first failure that counts.
 */
export async function takeBackImport(
  engine: EngineService,
  said: string,
  name: string | undefined,
  before: string | undefined,
): Promise<void> {
  const layer = BROKEN_LAYER.exec(said)?.[1]
  if (layer === undefined) return
  try {
    const docker = await engine.docker()
    for (const id of name === undefined ? await dangling(docker) : [name]) {
      const image = docker.getImage(inPath(id))
      const { Id, RootFS } = await image.inspect()
      if (Id === before || RootFS.Layers?.length !== 1 || RootFS.Layers[0] !== layer) continue
      await image.remove()
      if (before !== undefined && name !== undefined) await nameAgain(docker, before, name)
      return
    }
  } catch {
    // The engine may be gone by now.
  }
}

async function dangling(docker: Docker): Promise<string[]> {
  const images = await docker.listImages({ filters: { dangling: ['true'] } })
  return images.map(({ Id }) => Id)
}

async function nameAgain(docker: Docker, id: string, name: string): Promise<void> {
  const colon = name.lastIndexOf(':')
  await docker.getImage(inPath(id)).tag({ repo: name.slice(0, colon), tag: name.slice(colon + 1) })
}
