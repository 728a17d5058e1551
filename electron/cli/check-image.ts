import type { ItemOf } from '../contract/contract'
import { AppError } from '../contract/errors'
import type { Client } from '../rpc/client'
import type { CheckedImage, CommandLine, ImageLimits } from './command-line'
import { writeAll } from './output'
import { withCore } from './session'

type Result = Extract<ItemOf<'image.analyze'>, { state: 'done' }>

/** Files that are named with their waste. */
const NAMED = 10

/** `porthole check-image`: reads an image's layers and fails where they waste more than they may. */
export function checkImage(line: Extract<CommandLine, { command: 'check-image' }>): Promise<number> {
  const { image, limits } = line
  return withCore(line.engine, async ({ client, interrupted, ready }) => {
    if ('name' in image) await ready()
    const result = await read(client, image, interrupted)
    await writeAll(1, `${report(result)}\n`)
    const broken = brokenLimits(result, limits)
    const called = plain('name' in image ? image.name : image.archive)
    for (const why of broken) await writeAll(2, `porthole: ${called}: ${why}\n`)
    return broken.length === 0 ? 0 : 1
  })
}

async function read(client: Client, image: CheckedImage, signal: AbortSignal): Promise<Result> {
  const items =
    'name' in image
      ? client.watch('image.analyze', { image: image.name }, { signal })
      : client.watch('archive.analyze', { path: image.archive }, { signal })
  for await (const batch of items) {
    const last = batch.items.at(-1)
    if (last?.state === 'done') return last
  }
  throw new AppError('rpc/cancelled', 'The image was not read to its end.')
}

/** What of the limits is not kept, a sentence each. */
export function brokenLimits(
  { efficiency, wastedBytes }: Pick<Result, 'efficiency' | 'wastedBytes'>,
  { minEfficiency, maxWastedBytes }: ImageLimits,
): string[] {
  const broken: string[] = []
  if (minEfficiency !== undefined && efficiency < minEfficiency)
    broken.push(`efficiency ${efficiency.toFixed(4)} is less than ${minEfficiency}`)
  if (maxWastedBytes !== undefined && wastedBytes > maxWastedBytes)
    broken.push(`${wastedBytes} bytes wasted are more than ${maxWastedBytes}`)
  return broken
}

function report({ efficiency, wastedBytes, wasted, layers }: Result): string {
  const files = wasted.slice(0, NAMED).map(({ path, bytes, layers: of }) => {
    const last = layers[of.at(-1) ?? -1]
    const by = last?.createdBy === undefined ? '' : `, last by ${last.createdBy}`
    return `${String(bytes).padStart(12)}  ${path}  (layers ${of.join(', ')}${by})`
  })
  return [`efficiency ${efficiency.toFixed(4)}`, `wasted ${wastedBytes} bytes`, ...files]
    .map(plain)
    .join('\n')
}

/** Whoever made the image chose its names: no control character reaches the terminal. */
function plain(text: string): string {
  return text.replace(/\p{Cc}/gu, '\ufffd')
}
