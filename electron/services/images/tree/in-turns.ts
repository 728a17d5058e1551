/** Paths between two moments in which others have their turn. */
const AT_ONCE = 50_000

/** Works through numbers from 0 on in portions. Throws what the signal says. */
export async function inTurns(
  count: number,
  signal: AbortSignal,
  work: (from: number, to: number) => void,
): Promise<void> {
  for (let from = 0; from < count; from += AT_ONCE) {
    if (from > 0) await new Promise((resolve) => setImmediate(resolve))
    signal.throwIfAborted()
    work(from, Math.min(count, from + AT_ONCE))
  }
}
