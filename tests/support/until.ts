/**
 * Waits for a condition rather than for a time: the machines tests run on are slow and noisy.
 * Throws with what it saw last when `timeoutMs` is over.
 */
export async function until<T>(
  what: string,
  probe: () => T | Promise<T>,
  { timeoutMs = 60_000, everyMs = 50 }: { timeoutMs?: number; everyMs?: number } = {},
): Promise<NonNullable<T> & Exclude<T, false>> {
  const deadline = Date.now() + timeoutMs
  let last: unknown
  for (;;) {
    try {
      const value = await probe()
      if (value !== undefined && value !== null && value !== false)
        return value as NonNullable<T> & Exclude<T, false>
      last = value
    } catch (error) {
      last = error
    }
    if (Date.now() > deadline) {
      const seen = last instanceof Error ? last.message : JSON.stringify(last)
      throw new Error(`Gave up waiting for ${what} after ${timeoutMs} ms; last seen: ${seen}`)
    }
    await new Promise((resolve) => setTimeout(resolve, everyMs))
  }
}
