import { expect, onTestFinished } from 'vitest'
import { contract, type InputOf, type ItemOf } from '../../electron/contract/contract'
import {
  createContainerLayersService,
  type ContainerLayersService,
} from '../../electron/services/container-layers'
import { createEngineService } from '../../electron/services/engine'
import { createImageActionsService, type ImageActionsService } from '../../electron/services/image-actions'
import { createImagesService, type ImagesService } from '../../electron/services/images'
import { createPrivileged, type Privileged } from '../../electron/services/privileged'
import { nextBin, type Lab, type LabOptions } from './lab'

export type Transfer = ItemOf<'image.save'>
export type Done = Extract<Transfer, { state: 'done' }>

/** Every engine and store that images can be in here. */
export const stores: { name: string; options: LabOptions }[] = [
  { name: '20.10', options: { generation: 'system' } },
  ...(nextBin === undefined
    ? []
    : [
        { name: '28', options: { generation: 'next' as const } },
        {
          name: '28, containerd',
          options: { generation: 'next' as const, config: '{"features":{"containerd-snapshotter":true}}' },
        },
      ]),
]

export interface ImageServices {
  images: ImagesService
  actions: ImageActionsService
  containers: ContainerLayersService
}

/** The services of images on a lab's daemon; ended with the test. */
export function imageServicesFor(lab: Lab, given?: Partial<Privileged>): ImageServices {
  const log = () => undefined
  const engine = createEngineService({ endpoint: lab.endpoint, env: {}, log })
  const made = createPrivileged({ env: process.env, log })
  const privileged: Privileged = given === undefined ? made : { ...made, ...given }
  const images = createImagesService({ engine, privileged })
  const actions = createImageActionsService({ engine, images })
  onTestFinished(async () => {
    await actions.dispose()
    await engine.dispose()
    await made.dispose()
  })
  return { images, actions, containers: createContainerLayersService({ engine, privileged, images }) }
}

/** FAKE: a Porthole of an ordinary user without the helper. */
export const NOBODY: Partial<Privileged> = {
  isRoot: false,
  open: false,
  available: () => false,
  run: () => Promise.reject(new Error('There is no helper.')),
}

/** Follows a transfer to its end; every item is what the contract says, and bytes only grow. */
export async function followTransfer(
  items: AsyncIterable<Transfer>,
): Promise<{ done: Done; items: Transfer[] }> {
  const seen: Transfer[] = []
  let bytes = 0
  for await (const item of items) {
    expect(contract['image.save'].item.parse(item)).toEqual(item)
    expect(item.bytes).toBeGreaterThanOrEqual(bytes)
    bytes = item.bytes
    seen.push(item)
  }
  const last = seen.at(-1)
  if (last?.state !== 'done') throw new Error('The transfer ended without a result.')
  return { done: last, items: seen }
}

/** Input of an import with what a caller may leave out. */
export function toImport(input: InputOf<'image.import'>) {
  return contract['image.import'].input.parse(input)
}
