import type { ItemOf } from '../contract/contract'
import type { CommandLine } from './command-line'
import { writeAll } from './output'
import { withCore } from './session'

type FlowRequest = ItemOf<'flow.requests'>

/**
 * `porthole tap`: opens a socket that is dockerd's to its clients, prints what DOCKER_HOST has to be,
 * and then the requests that pass, until it is interrupted, which is its normal end.
 */
export function tap({ tap: options, engine }: Extract<CommandLine, { command: 'tap' }>): Promise<number> {
  return withCore(engine, async ({ client, interrupted, ready }) => {
    await ready()
    const { socket, context } = options
    const opened = await client.call(
      'flow.startTap',
      { ...(socket === undefined ? {} : { socket }), ...(context === undefined ? {} : { context }) },
      { signal: interrupted },
    )
    await writeAll(1, `DOCKER_HOST=${opened.endpoint}\n`)
    if (context !== undefined) await writeAll(2, `porthole: docker --context ${context} …\n`)
    try {
      if (options.quiet) await ended(interrupted)
      else {
        const printed = new Printed()
        for await (const { items, dropped } of client.watch(
          'flow.requests',
          { by: ['tap'] },
          { signal: interrupted },
        )) {
          if (dropped > 0) await writeAll(2, `porthole: ${dropped} requests were lost\n`)
          let text = ''
          for (const item of items) if (printed.isNews(item)) text += `${lineOf(item)}\n`
          if (text !== '') await writeAll(1, text)
        }
      }
    } finally {
      // The context is gone before the command is: what ends the core has no time for it.
      await client.call('flow.stopTap', {})
    }
    return 0
  })
}

/** Updates remembered: the client of a request may be found after its end. */
const REMEMBER = 1_000

/** What was printed of each request: its end, and before it that it goes on, as an event stream does. */
class Printed {
  readonly #said = new Map<string, 'going-on' | 'end'>()

  isNews({ id, state, status }: FlowRequest): boolean {
    const before = this.#said.get(id)
    if (before === 'end' || (state === 'open' && (status === undefined || before === 'going-on')))
      return false
    this.#said.set(id, state === 'open' ? 'going-on' : 'end')
    const [oldest] = this.#said.keys()
    if (this.#said.size > REMEMBER && oldest !== undefined) this.#said.delete(oldest)
    return true
  }
}

/** Time, status, duration, method, path, client; one line whatever they hold. */
function lineOf(request: FlowRequest): string {
  const { state, status, durationMs, client } = request
  const took = state === 'open' ? '…' : durationMs === undefined ? '?' : `${durationMs.toFixed(1)} ms`
  const outcome = state === 'cut' ? 'cut' : String(status ?? '?')
  const who = client?.process === undefined ? client?.userAgent : `${client.process} (${client.pid ?? '?'})`
  const time = request.startedAt.slice(11, 23)
  return plain(
    `${time}  ${outcome.padEnd(3)}  ${took.padStart(10)}  ${request.method.padEnd(6)} ${request.path}  ${who ?? ''}`,
  ).trimEnd()
}

/** Whoever is connected chooses what stands in a path: no control character reaches the terminal. */
function plain(text: string): string {
  return text.replace(/\p{Cc}/gu, '\ufffd')
}

function ended(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
