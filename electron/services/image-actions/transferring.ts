import type { ItemOf } from '../../contract/contract'
import { Wake } from '../wake'

export type Transfer = ItemOf<'image.save'>
type Running = Extract<Transfer, { state: 'running' }>
type Done = Extract<Transfer, { state: 'done' }>

/** Milliseconds between two items; what the engine says newly is told at once. */
const ITEM_MS = 100

/** Tells how far a transfer is. */
export type Tell = (now: Omit<Running, 'state'>) => void

/**
 * A transfer as items: only the newest counts while a reader is slow, the last says what came of it.
 * Whoever leaves stops it, and has left only when nothing half of it is there any more. Throws what the
 * work throws.
 */
export async function* transferring(
  work: (tell: Tell, signal: AbortSignal) => Promise<Omit<Done, 'state'>>,
  signal: AbortSignal,
): AsyncGenerator<Transfer> {
  const stop = new AbortController()
  const never = new AbortController()
  const wake = new Wake()
  let newest: Running | undefined
  let told = -Infinity
  let said: string | undefined
  const tell: Tell = (now) => {
    if (now.said === said && performance.now() - told < ITEM_MS) return
    told = performance.now()
    said = now.said
    newest = { state: 'running', ...now }
    wake.all()
  }
  let ended = false
  const working = work(tell, AbortSignal.any([signal, stop.signal])).finally(() => {
    ended = true
    wake.all()
  })
  // Whoever leaves in the middle does not ask what came of it.
  working.catch(() => undefined)
  try {
    while (!ended) {
      const seen = wake.calls
      const item = newest
      newest = undefined
      if (item !== undefined) yield item
      else await wake.after(seen, never.signal)
    }
    yield { state: 'done', ...(await working) }
  } finally {
    stop.abort()
    await working.catch(() => undefined)
  }
}
