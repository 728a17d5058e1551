/** Looks every tenth of a second until there is something; undefined when `ms` are over. */
export async function waitFor<T>(
  look: () => T | undefined | false | Promise<T | undefined | false>,
  ms: number,
): Promise<T | undefined> {
  const deadline = Date.now() + ms
  for (;;) {
    const found = await look()
    if (found !== undefined && found !== false) return found
    if (Date.now() >= deadline) return undefined
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}
