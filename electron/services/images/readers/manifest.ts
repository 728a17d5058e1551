import { posix } from 'node:path'
import { damaged } from '../damaged'
import { fields, list, parsed, text, texts } from './json'

/** One image of an archive: paths of its members. */
export interface ArchivedImage {
  /** Names it has in the archive. */
  tags: string[]
  config: string
  /** The lowest first. */
  layers: string[]
}

/** Bytes of a member that is JSON; undefined where there is none of that path. */
export type ReadMember = (path: string) => Buffer | undefined

const MANIFEST = 'manifest.json'
const INDEX = 'index.json'
const DIGEST = /^[a-z0-9]+:[0-9a-f]{32,128}$/
/** Indexes within indexes; no archive of ours has more than one. */
const MAX_DEPTH = 8
/** Engines stack 127 or a few hundred; what is looked at layer by layer must come to an end. */
const MAX_LAYERS = 1_000
const MACHINES: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64', ia32: '386' }

/**
 * Finds an image in an archive: by `manifest.json`, which `docker save` writes in both of its layouts,
 * else by `index.json` of the OCI layout. `name` is one of its names, without a tag `latest` is meant; without
 * it the first image. Throws `image/unreadable`.
 */
export function findImage(read: ReadMember, name?: string): ArchivedImage {
  const image = find(read, name)
  if (image.layers.length > MAX_LAYERS) throw damaged(`the image has ${image.layers.length} layers`)
  return image
}

function find(read: ReadMember, name: string | undefined): ArchivedImage {
  const manifest = read(MANIFEST)
  if (manifest !== undefined) return inManifest(manifest, name)
  const index = read(INDEX)
  if (index !== undefined) return inIndex(index, read, name)
  throw damaged(`the archive has neither ${MANIFEST} nor ${INDEX}`)
}

function inManifest(bytes: Buffer, name: string | undefined): ArchivedImage {
  const value = parsed(bytes)
  if (!Array.isArray(value)) throw damaged(`${MANIFEST} is no list`)
  const images = (value as unknown[]).map(fields)
  const wanted = name === undefined ? undefined : fullName(name)
  const image =
    wanted === undefined
      ? images[0]
      : images.find((each) => texts(each['RepoTags']).some((tag) => fullName(tag) === wanted))
  if (image === undefined) throw noImage(name)
  const layers = image['Layers']
  // An image without layers has null there.
  if (layers !== null && (!Array.isArray(layers) || texts(layers).length !== layers.length))
    throw damaged(`${MANIFEST} names no layers`)
  return {
    tags: texts(image['RepoTags']),
    config: memberPath(text(image['Config']) ?? ''),
    layers: texts(layers).map(memberPath),
  }
}

function inIndex(bytes: Buffer, read: ReadMember, name: string | undefined): ArchivedImage {
  const descriptors = list(fields(parsed(bytes))['manifests'])
  const wanted = name === undefined ? undefined : fullName(name)
  const chosen =
    wanted === undefined
      ? descriptors[0]
      : descriptors.find((each) => namesOf(each).some((known) => fullName(known) === wanted))
  if (chosen === undefined) throw noImage(name)
  const image = fields(descend(chosen, read, 0))
  const config = blobPath(image['config'])
  const layers = list(image['layers']).map(blobPath)
  if (config === undefined || layers.includes(undefined)) throw damaged('a manifest names no config or layer')
  return { tags: namesOf(chosen), config, layers: layers.filter((path) => path !== undefined) }
}

/** The manifest a descriptor leads to: of an index that of this machine's platform, else the first. */
function descend(descriptor: unknown, read: ReadMember, depth: number): unknown {
  const path = blobPath(descriptor)
  const bytes = path === undefined ? undefined : read(path)
  if (bytes === undefined || depth > MAX_DEPTH) throw damaged('a manifest is not in the archive')
  const value = fields(parsed(bytes))
  if (!Array.isArray(value['manifests'])) return value
  const images = list(value['manifests']).filter((each) => !isAttestation(each))
  const own = images.find((each) => isOwnPlatform(fields(fields(each)['platform'])))
  // Of an image for many machines an archive may hold the parts of one.
  const there = images.filter((each) => read(blobPath(each) ?? '') !== undefined)
  return descend(own !== undefined && there.includes(own) ? own : (there[0] ?? images[0]), read, depth + 1)
}

function isAttestation(descriptor: unknown): boolean {
  return fields(fields(descriptor)['annotations'])['vnd.docker.reference.type'] === 'attestation-manifest'
}

function isOwnPlatform({ os, architecture }: { os?: unknown; architecture?: unknown }): boolean {
  return os === 'linux' && architecture === (MACHINES[process.arch] ?? process.arch)
}

/** containerd writes the whole name, other programs the tag alone. */
function namesOf(descriptor: unknown): string[] {
  const annotations = fields(fields(descriptor)['annotations'])
  const name =
    text(annotations['io.containerd.image.name']) ?? text(annotations['org.opencontainers.image.ref.name'])
  return name === undefined ? [] : [shortName(name)]
}

function blobPath(descriptor: unknown): string | undefined {
  const digest = text(fields(descriptor)['digest'])
  return digest !== undefined && DIGEST.test(digest) ? `blobs/${digest.replace(':', '/')}` : undefined
}

/** A member's path as it is compared: with nothing in front, and no way up. */
export function memberPath(path: string): string {
  return posix.normalize(`/${path}`).slice(1)
}

function shortName(name: string): string {
  return name.replace(/^docker\.io\/(library\/)?/, '')
}

function fullName(name: string): string {
  const short = shortName(name)
  return /[:@][^/]*$/.test(short) ? short : `${short}:latest`
}

function noImage(name: string | undefined): Error {
  return damaged(name === undefined ? 'the archive holds no image' : `the archive holds no image ${name}`)
}
