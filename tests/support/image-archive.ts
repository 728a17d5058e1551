import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { tar, type TarMember } from './tar'

export const LAYOUTS = ['old', 'oci'] as const
export type Layout = (typeof LAYOUTS)[number]

export type Pack = (bytes: Buffer) => Buffer

/** How a layer, or a whole archive, may be packed. */
export const PACKS: Readonly<Record<'plain' | 'gzip' | 'zstd', Pack>> = {
  plain: (bytes) => bytes,
  gzip: (bytes) => gzipSync(bytes),
  zstd: zstdStored,
}

export interface ArchiveOptions {
  pack?: Pack
  tags?: string[]
  /** Takes the place of the true `manifest.json`; undefined for none. */
  manifest?: (layers: string[], config: string) => unknown
  /** Members before all others. */
  before?: (TarMember | Buffer)[]
  /** Diff ids in the config that are not those of the layers. */
  diffIds?: string[]
  /** More instructions in its history, after those that made the layers. */
  steps?: string[]
}

const digest = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')
const json = (value: unknown): Buffer => (Buffer.isBuffer(value) ? value : Buffer.from(JSON.stringify(value)))

/** An archive of one image as `docker save` writes it, of these layers (tars), the lowest first. */
export function imageArchive(
  layout: Layout,
  layers: readonly Buffer[],
  options: ArchiveOptions = {},
): Buffer {
  const { pack = PACKS.plain, tags = ['hostile:1'], before = [], steps = [] } = options
  const diffIds = options.diffIds ?? layers.map((layer) => `sha256:${digest(layer)}`)
  const config = json({
    architecture: 'amd64',
    os: 'linux',
    config: {},
    rootfs: { type: 'layers', diff_ids: diffIds },
    history: [
      ...layers.map((_, index) => ({ created_by: `layer ${index}`, created: '2024-01-01T00:00:00Z' })),
      ...steps.map((created_by) => ({ created_by, empty_layer: true })),
    ],
  })
  const packed = layers.map(pack)
  const old = layout === 'old'
  const configName = old ? `${digest(config)}.json` : `blobs/sha256/${digest(config)}`
  const names = packed.map((bytes, index) =>
    old ? `${digest(Buffer.from(`${index} ${digest(bytes)}`))}/layer.tar` : `blobs/sha256/${digest(bytes)}`,
  )
  const members = new Map<string, Buffer>()
  for (const [index, bytes] of packed.entries()) members.set(names[index] ?? '', bytes)
  members.set(configName, config)
  if (!old) {
    const manifest = json({
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      config: {
        mediaType: 'application/vnd.oci.image.config.v1+json',
        digest: `sha256:${digest(config)}`,
        size: config.length,
      },
      layers: packed.map((bytes) => ({
        mediaType: 'application/vnd.oci.image.layer.v1.tar',
        digest: `sha256:${digest(bytes)}`,
        size: bytes.length,
      })),
    })
    members.set(`blobs/sha256/${digest(manifest)}`, manifest)
    members.set('oci-layout', json({ imageLayoutVersion: '1.0.0' }))
    members.set(
      'index.json',
      json({
        schemaVersion: 2,
        manifests: [
          {
            mediaType: 'application/vnd.oci.image.manifest.v1+json',
            digest: `sha256:${digest(manifest)}`,
            size: manifest.length,
            annotations: { 'io.containerd.image.name': `docker.io/library/${tags[0] ?? ''}` },
          },
        ],
      }),
    )
  }
  const told =
    options.manifest === undefined
      ? [{ Config: configName, RepoTags: tags, Layers: names }]
      : options.manifest(names, configName)
  if (told !== undefined) members.set('manifest.json', json(told))
  return tar(...before, ...[...members].map(([name, body]): TarMember => ({ name, body })))
}

const MAGIC = Buffer.from([0x28, 0xb5, 0x2f, 0xfd])
/** No size, no checksum, no dictionary; then a window of 128 KiB. */
const FRAME = Buffer.from([0x00, 0x38])
const LARGEST_BLOCK = 128 * 1024

function blockHeader(last: boolean, type: 0 | 1, size: number): Buffer {
  const header = Buffer.alloc(3)
  header.writeUIntLE(Number(last) | (type << 1) | (size << 3), 0, 3)
  return header
}

/** A zstd frame (RFC 8878) of blocks that are not compressed. */
export function zstdStored(bytes: Buffer): Buffer {
  const parts: Buffer[] = [MAGIC, FRAME]
  for (let at = 0; at === 0 || at < bytes.length; at += LARGEST_BLOCK) {
    const block = bytes.subarray(at, at + LARGEST_BLOCK)
    parts.push(blockHeader(at + LARGEST_BLOCK >= bytes.length, 0, block.length), block)
  }
  return Buffer.concat(parts)
}

/** A zstd frame that begins with some bytes and goes on with so many MiB of zeros, four bytes for 128 KiB. */
export function zstdBomb(first: Buffer, mebibytes: number): Buffer {
  const blocks = mebibytes * 8
  const parts: Buffer[] = [MAGIC, FRAME, blockHeader(false, 0, first.length), first]
  for (let made = 1; made <= blocks; made += 1)
    parts.push(blockHeader(made === blocks, 1, LARGEST_BLOCK), Buffer.from([0]))
  return Buffer.concat(parts)
}

/** A zstd frame that asks for a window of more memory than any machine has. */
export function zstdWindow(bytes: Buffer): Buffer {
  const stored = zstdStored(bytes)
  stored[5] = 0xff
  return stored
}

/** Gzip members one after another, each of so many MiB of zeros: small, and far too much when unpacked. */
export function gzipBomb(first: Buffer, mebibytes: number): Buffer {
  const member = gzipSync(Buffer.alloc(16 * 1024 * 1024), { level: 9 })
  return Buffer.concat([gzipSync(first), ...Array.from({ length: mebibytes / 16 }, () => member)])
}
