const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/**
 * Runs a change that must not stop half way: signals that would end the process are held back
 * until it is done, and then sent again.
 */
export async function shielded<T>(work: () => Promise<T>): Promise<T> {
  const held = new Set<NodeJS.Signals>()
  const hold = (signal: NodeJS.Signals): void => {
    held.add(signal)
  }
  for (const signal of SIGNALS) process.on(signal, hold)
  try {
    return await work()
  } finally {
    for (const signal of SIGNALS) process.off(signal, hold)
    for (const signal of held) process.kill(process.pid, signal)
  }
}
