/** Numbers between two looks at the clock. */
const AT_ONCE = 1_000
/** Milliseconds of work after which others have their turn. */
const TURN_MS = 30

/** Works through numbers from 0 on in portions. Throws what the signal says. */
export async function inTurns(
  count: number,
  signal: AbortSignal,
  work: (from: number, to: number) => void,
): Promise<void> {
  signal.throwIfAborted()
  let began = performance.now()
  for (let from = 0; from < count; from += AT_ONCE) {
    work(from, Math.min(count, from + AT_ONCE))
    if (performance.now() - began < TURN_MS) continue
    await new Promise((resolve) => setImmediate(resolve))
    signal.throwIfAborted()
    began = performance.now()
  }
}
