import type { InputOf, RequestName } from '../contract/contract'
import type { CommandLine } from './command-line'
import { writeAll } from './output'
import { readInput, withCore } from './session'

/** `porthole call`: asks once and prints the answer as one JSON document. */
export function call(line: Extract<CommandLine, { command: 'call' }>): Promise<number> {
  return withCore(line.engine, async ({ client, interrupted, ready }) => {
    // What was typed is anything at all; the host checks both against the contract.
    const name = line.name as RequestName
    const input = readInput(line.input) as InputOf<RequestName>
    await ready()
    const answer = await client.call(name, input, { signal: interrupted })
    await writeAll(1, `${JSON.stringify(answer, null, 2)}\n`)
    return 0
  })
}
