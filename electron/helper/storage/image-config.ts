import { createHash } from 'node:crypto'

/** A layer of an image, as its config tells it. */
export interface ConfigLayer {
  chainId: string
  /** The instruction that made it, as the history of the config has it. */
  instruction?: string
}

/**
 * Layers of an image's config, the lowest first. A chain id is the digest of the chain id below and
 * the layer's own diff id; the instructions are those of the history that made no empty layer.
 */
export function layersOf(config: unknown): ConfigLayer[] {
  const { rootfs, history } = record(config)
  const diffIds = texts(record(rootfs)['diff_ids'])
  const made = list(history)
    .map(record)
    .filter((entry) => entry['empty_layer'] !== true)
    .map((entry) => entry['created_by'])
  let chain: string | undefined
  return diffIds.map((diffId, index) => {
    chain =
      chain === undefined
        ? diffId
        : `sha256:${createHash('sha256').update(`${chain} ${diffId}`).digest('hex')}`
    const instruction = made.length === diffIds.length ? made[index] : undefined
    return {
      chainId: chain,
      ...(typeof instruction === 'string' && instruction !== ''
        ? { instruction: instruction.slice(0, 1_000) }
        : {}),
    }
  })
}

export function record(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}

export function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : []
}

export function texts(value: unknown): string[] {
  return list(value).filter((each) => typeof each === 'string')
}

export function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}
