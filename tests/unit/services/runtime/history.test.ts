import { describe, expect, it } from 'vitest'
import { History } from '../../../../electron/services/runtime/history'
import { until } from '../../../support/until'

/** A source that is told when to give a reading. */
function source() {
  let give: (n: number) => void = () => undefined
  const state = { open: 0, opened: 0 }
  async function* take(signal: AbortSignal): AsyncGenerator<{ n: number }> {
    state.open += 1
    state.opened += 1
    const waiting: number[] = []
    let wake: () => void = () => undefined
    give = (n) => {
      waiting.push(n)
      wake()
    }
    signal.addEventListener('abort', () => wake())
    try {
      while (!signal.aborted) {
        const n = waiting.shift()
        if (n !== undefined) yield { n }
        else await new Promise<void>((resolve) => (wake = resolve))
      }
    } finally {
      state.open -= 1
    }
  }
  return { take, state, give: (n: number) => give(n) }
}

function read(history: History<{ n: number }>, input: { tail: number; after?: number }) {
  const stop = new AbortController()
  const seen: number[] = []
  const ended = (async () => {
    for await (const { n } of history.watch(input, stop.signal)) seen.push(n)
  })()
  return { seen, stop: () => (stop.abort(), ended), ended }
}

describe('a history of readings', () => {
  it('is taken once for all readers, and only while there are any', async () => {
    const { take, state, give } = source()
    const history = new History(3, take)
    expect(state.opened).toBe(0)
    const one = read(history, { tail: 10 })
    const other = read(history, { tail: 10 })
    await until('the source', () => state.open === 1)
    for (const n of [1, 2, 3, 4]) give(n)
    await until('readings', () => one.seen.length === 4 && other.seen.length === 4)
    await one.stop()
    expect(state.open).toBe(1)
    await other.stop()
    await until('the source to end', () => state.open === 0)
    expect(state.opened).toBe(1)
  })

  it('keeps the newest for whoever comes later, from the place that was reached', async () => {
    const { take, state, give } = source()
    const history = new History(3, take)
    const first = read(history, { tail: 0 })
    await until('the source', () => state.open === 1)
    for (const n of [1, 2, 3, 4, 5]) give(n)
    await until('readings', () => first.seen.length === 5)
    await first.stop()
    const late = read(history, { tail: 10 })
    const last = read(history, { tail: 1 })
    const behind = read(history, { tail: 10, after: 3 })
    await until(
      'the past',
      () => late.seen.length === 3 && last.seen.length === 1 && behind.seen.length === 1,
    )
    expect([late.seen, last.seen, behind.seen]).toEqual([[3, 4, 5], [5], [5]])
    history.clear()
    const none = read(history, { tail: 10 })
    give(6)
    await until('the next', () => none.seen.length > 0)
    expect(none.seen).toEqual([6])
    await Promise.all([late, last, behind, none].map(({ stop }) => stop()))
  })

  it('tells its readers when nothing can be read', async () => {
    const history = new History(3, async function* () {
      yield { n: 1 }
      await Promise.resolve()
      throw new Error('no more')
    })
    await expect(read(history, { tail: 1 }).ended).rejects.toThrow('no more')
  })
})
