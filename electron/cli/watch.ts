import type { InputOf, StreamName } from '../contract/contract'
import type { CommandLine } from './command-line'
import { writeAll } from './output'
import { readInput, withCore } from './session'

/**
 * `porthole watch`: follows a stream and prints one JSON item a line until it is interrupted,
 * `--limit` items were printed or `--for` milliseconds are over.
 */
export function watch(line: Extract<CommandLine, { command: 'watch' }>): Promise<number> {
  return withCore(line.engine, async ({ client, interrupted, ready }) => {
    // What was typed is anything at all; the host checks both against the contract.
    const name = line.name as StreamName
    const input = readInput(line.input) as InputOf<StreamName>
    await ready()
    const signal =
      line.forMs === undefined ? interrupted : AbortSignal.any([interrupted, AbortSignal.timeout(line.forMs)])
    let left = line.limit ?? Infinity
    for await (const { items, dropped } of client.watch(name, input, { signal })) {
      if (dropped > 0) await writeAll(2, `porthole: ${dropped} items were lost because the reader was slow\n`)
      const wanted = items.length > left ? items.slice(0, left) : items
      // One write a batch: a write an item would cost more than the items.
      let text = ''
      for (const item of wanted) text += `${JSON.stringify(item)}\n`
      await writeAll(1, text)
      left -= wanted.length
      if (left <= 0) break
    }
    return 0
  })
}
