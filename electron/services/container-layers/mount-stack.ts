import { readFileSync, readlinkSync } from 'node:fs'
import { dirname } from 'node:path'
import type { OutputOf, ParsedInputOf } from '../../contract/contract'
import { AppError } from '../../contract/errors'
import { overlayAt, resolveIn, type OverlayMount } from '../../helper/container-layers/mount-table'
import type { StoredStack } from '../../helper/container-layers/stored-stack'
import type { EngineService } from '../engine'
import type { ImagesService } from '../images'
import type { Privileged } from '../privileged'
import { DiskView, orUnseen } from './disk-view'
import { inspectContainer, type InspectedContainer } from './engine-view'

type Stack = OutputOf<'container.mountStack'>
type Layer = Stack['layers'][number]
type ImageLayer = OutputOf<'image.layers'>[number]

/** A directory below the container's own, and how the mount spells it. */
interface Lower {
  directory: string
  mountedAs?: string
}

/**
 * The directories of a container: where it is mounted, the kernel's own list of mounts counts; this
 * process sees it, or dockerd alone does (a mount namespace of its own), whom the helper asks then.
 */
export async function mountStackOf(
  { container }: ParsedInputOf<'container.mountStack'>,
  parts: { engine: EngineService; privileged: Privileged; images: ImagesService },
  signal: AbortSignal,
): Promise<Stack> {
  const inspected = await inspectContainer(parts.engine, container, signal)
  const disk = await DiskView.of(parts.engine, parts.privileged, signal)
  const { id, image, stack: told } = inspected
  const driver = inspected.driver ?? disk.engine?.storageDriver ?? ''
  const mount = await findMount(inspected, mountPoint(inspected, disk, driver), disk, signal)
  const containerd = disk.engine?.imageStore === 'containerd'
  // Of the containerd store neither the engine nor the kernel tells anything then.
  const stored =
    mount === undefined && told === undefined && containerd
      ? ((await disk.stack(id, signal)) ?? undefined)
      : disk.silent
        ? ((await orUnseen(disk.stack(id, signal))) ?? undefined)
        : undefined
  const ofImage = await parts.images.layers({ image }, signal).catch((error: unknown) => {
    // A name and an image may be taken away by force under a container that stays.
    if (error instanceof AppError && error.code === 'engine/not-found') return []
    throw error
  })
  const join = new Joiner(ofImage, stored, containerd)
  const common = { driver, image }
  if (mount?.upper !== undefined && mount.lowers.length > 0) {
    const base = told === undefined ? dirname(dirname(mount.upper)) : dirname(dirname(mount.merged))
    const upper = resolveIn(base, mount.upper)
    return {
      ...common,
      merged: mount.merged,
      ...(mount.work === undefined ? {} : { work: resolveIn(base, mount.work) }),
      options: mount.options,
      layers: [
        { kind: 'upper', directory: upper, mountedAs: mount.upper },
        ...join.layers(lowersOf(mount, base, told, stored)),
      ],
      from: 'mount',
    }
  }
  if (told !== undefined)
    return {
      ...common,
      work: told.work,
      options: [],
      layers: [
        { kind: 'upper', directory: told.upper },
        ...join.layers(told.lowers.map((directory) => ({ directory }))),
      ],
      from: 'engine',
    }
  if (stored === undefined) return { ...common, options: [], layers: [], from: 'engine' }
  return {
    ...common,
    work: stored.work,
    options: [],
    layers: [
      { kind: 'upper', directory: stored.upper },
      ...join.layers(stored.lowers.map(({ directory }) => ({ directory }))),
    ],
    from: 'store',
  }
}

/** Where dockerd mounts a container: a folder of the graph driver, or one of its own beside containerd's store. */
function mountPoint({ id, stack }: InspectedContainer, disk: DiskView, driver: string): string | undefined {
  if (stack !== undefined) return stack.merged
  const root = disk.engine?.dataRoot
  return root === undefined ? undefined : `${root}/rootfs/${driver}/${id}`
}

async function findMount(
  { running }: InspectedContainer,
  path: string | undefined,
  disk: DiskView,
  signal: AbortSignal,
): Promise<OverlayMount | undefined> {
  if (path === undefined) return undefined
  const seen = overlayAt(readFileSync('/proc/self/mountinfo', 'utf8'), path)
  if (seen !== undefined || !running || disk.pid === undefined) return seen
  if (link(`/proc/${disk.pid}/ns/mnt`) === link('/proc/self/ns/mnt')) return undefined
  try {
    return overlayAt(readFileSync(`/proc/${disk.pid}/mountinfo`, 'utf8'), path)
  } catch {
    // Of another user's process only root may read it.
    return disk.silent ? ((await orUnseen(disk.mount(path, signal))) ?? undefined) : undefined
  }
}

/**
 * Lower directories as absolute paths. A short link in `l/` is followed by what the layer store says it
 * is, or by its place: the engine tells the same directories in the same order.
 */
function lowersOf(
  { lowers }: OverlayMount,
  base: string,
  told: InspectedContainer['stack'],
  stored: StoredStack | undefined,
): Lower[] {
  const links = new Map(
    (stored?.lowers ?? []).flatMap(({ link: short, directory }): [string, string][] =>
      short === undefined ? [] : [[short, directory]],
    ),
  )
  return lowers.map((mountedAs, index) => {
    const path = resolveIn(base, mountedAs)
    const short = /\/l\/([A-Z0-9]+)$/.exec(path)?.[1]
    const placed = told?.lowers.length === lowers.length ? told.lowers[index] : undefined
    return { mountedAs, directory: short === undefined ? path : (links.get(short) ?? placed ?? path) }
  })
}

/** Says of each directory which layer it is: by the store where that can be read, else by its place. */
class Joiner {
  readonly #stored: ReadonlyMap<string, StoredStack['lowers'][number]>
  readonly #byChain: ReadonlyMap<string, ImageLayer>

  constructor(
    private readonly image: readonly ImageLayer[],
    stored: StoredStack | undefined,
    private readonly containerd: boolean,
  ) {
    this.#stored = new Map(stored?.lowers.map((layer) => [layer.directory, layer]))
    this.#byChain = new Map(image.map((layer) => [layer.chainId, layer]))
  }

  /** The topmost first. */
  layers(lowers: readonly Lower[]): Layer[] {
    // The topmost below the container's own is what dockerd puts into every one.
    const first = lowers[0] && this.#isInit(lowers[0].directory) ? 1 : 0
    const count = lowers.length - first
    return lowers.map((lower, at): Layer => {
      const stored = this.#stored.get(lower.directory)
      if (stored?.kind === 'init' || at < first) return bare('init', lower)
      // With as many directories as layers each is at its place; the containerd store may have more.
      const placed = count === this.image.length ? this.image[count - 1 - (at - first)] : undefined
      const known = stored === undefined ? placed : this.#byChain.get(stored.chainId ?? '')
      const { diffId, chainId } = known ?? stored ?? {}
      return {
        ...bare('layer', lower),
        ...(known === undefined ? {} : { index: known.index }),
        ...(diffId === undefined ? {} : { diffId }),
        ...(chainId === undefined ? {} : { chainId }),
        ...(known?.createdBy === undefined ? {} : { createdBy: known.createdBy }),
      }
    })
  }

  #isInit(directory: string): boolean {
    const stored = this.#stored.get(directory)
    return stored === undefined ? this.containerd || /-init\/diff$/.test(directory) : stored.kind === 'init'
  }
}

function bare(kind: Layer['kind'], { directory, mountedAs }: Lower): Layer {
  return { kind, directory, ...(mountedAs === undefined ? {} : { mountedAs }) }
}

function link(path: string): string | undefined {
  try {
    return readlinkSync(path)
  } catch {
    return undefined
  }
}
