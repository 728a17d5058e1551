import { request, type ClientRequest, type IncomingMessage } from 'node:http'

/** As the rest of Porthole calls itself: its requests can be told from those of others. */
const headers = { 'User-Agent': 'Porthole' }

/** GET on the daemon's unix socket, without a version: every engine answers that. */
export async function getJson(socketPath: string, path: string, timeoutMs: number): Promise<unknown> {
  return JSON.parse(await getText(socketPath, path, timeoutMs))
}

function getText(socketPath: string, path: string, timeoutMs: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const req = request({ socketPath, path, headers, timeout: timeoutMs }, (res) => {
      let text = ''
      res.setEncoding('utf8').on('data', (part: string) => (text += part))
      res.on('error', reject)
      res.on('end', () => {
        if (res.statusCode === 200) resolve(text)
        else reject(new Error(`${path} answered ${res.statusCode ?? 0}`))
      })
    })
    req.on('timeout', () => req.destroy(new Error(`${path} did not answer`)))
    req.on('error', reject)
    req.end()
  })
}

/** The reloads the daemon remembers since then (nanoseconds since 1970), without that of the very moment. */
export async function reloadsSince(
  socketPath: string,
  nano: string,
  timeoutMs = 5_000,
): Promise<ReloadEvent[]> {
  const query = new URLSearchParams({
    since: `${nano.slice(0, -9)}.${nano.slice(-9)}`,
    until: (Date.now() / 1_000).toFixed(3),
    filters: reloads,
  })
  const lines = (await getText(socketPath, `/events?${query}`, timeoutMs)).split('\n')
  return lines.flatMap(eventOf).filter(({ timeNano }) => String(timeNano) !== nano)
}

/** Whether the daemon answers at all. */
export async function ping(socketPath: string, timeoutMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const req = request({ socketPath, path: '/_ping', headers, timeout: timeoutMs }, (res) => {
      res.resume()
      res.on('error', () => resolve(false))
      res.on('end', () => resolve(res.statusCode === 200))
    })
    req.on('timeout', () => req.destroy())
    req.on('error', () => resolve(false))
    req.end()
  })
}

export type ReloadEvent = Record<string, unknown>
const reloads = JSON.stringify({ type: ['daemon'], event: ['reload'] })

/** An open subscription to the daemon's own reload events. */
export interface ReloadWatch {
  /** Forgets what came so far: an event counts when it comes after our signal. */
  clear(): void
  /**
   * The next event; `timeout` when none came within `timeoutMs`, `ended` when `alive` says that
   * the process is gone.
   */
  next(timeoutMs: number, alive: () => boolean): Promise<ReloadEvent | 'timeout' | 'ended'>
  close(): void
}

/** Subscribes and resolves when the daemon has taken the subscription; rejects when it does not. */
export function watchReloads(socketPath: string, timeoutMs = 5_000): Promise<ReloadWatch> {
  const filters = encodeURIComponent(reloads)
  return new Promise((resolve, reject) => {
    const req: ClientRequest = request({ socketPath, path: `/events?filters=${filters}`, headers }, (res) => {
      clearTimeout(timer)
      if (res.statusCode === 200) resolve(subscription(req, res))
      else {
        req.destroy()
        reject(new Error(`/events answered ${res.statusCode ?? 0}`))
      }
    })
    const timer = setTimeout(() => req.destroy(new Error('the engine does not answer')), timeoutMs)
    req.on('error', (error) => {
      clearTimeout(timer)
      reject(error)
    })
    req.end()
  })
}

function subscription(req: ClientRequest, res: IncomingMessage): ReloadWatch {
  const queue: ReloadEvent[] = []
  let wake: (() => void) | undefined
  let rest = ''
  res.setEncoding('utf8').on('data', (part: string) => {
    const lines = (rest + part).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) queue.push(...eventOf(line))
    wake?.()
  })
  res.on('error', () => wake?.())
  res.on('close', () => wake?.())
  return {
    clear: () => {
      queue.length = 0
    },
    async next(timeoutMs, alive) {
      const deadline = Date.now() + timeoutMs
      for (;;) {
        const event = queue.shift()
        if (event !== undefined) return event
        if (!alive()) return 'ended'
        const left = deadline - Date.now()
        if (left <= 0) return 'timeout'
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, Math.min(left, 100))
          wake = () => {
            clearTimeout(timer)
            resolve()
          }
        })
        wake = undefined
      }
    },
    close: () => {
      req.destroy()
    },
  }
}

function eventOf(line: string): ReloadEvent[] {
  try {
    const event: unknown = JSON.parse(line)
    return typeof event === 'object' && event !== null ? [event as ReloadEvent] : []
  } catch {
    return []
  }
}
