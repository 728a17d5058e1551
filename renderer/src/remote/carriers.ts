import type { WireError } from '../../../electron/contract/errors'
import type { ClientFrame, HostFrame, Transport } from '../../../electron/contract/wire'

/** What the desktop window's preload exposes. */
export interface Bridge {
  send(frame: ClientFrame): void
  onFrame(listener: (frame: HostFrame) => void): () => void
  onClose(listener: () => void): () => void
  /** Shows the system's file dialog; the chosen path, or nothing. */
  chooseFile(purpose: 'open' | 'save'): Promise<string | undefined>
}

declare global {
  interface Window {
    /** Present in the desktop window only. */
    porthole?: Bridge
  }
}

export type PageTransport = Transport<ClientFrame, HostFrame>
/** Opens the way to the core; rejects with {@link CarrierRefused} when trying again is of no use. */
export type OpenCarrier = () => Promise<PageTransport>

/** The core is there and does not let this page in. */
export class CarrierRefused extends Error {
  override name = 'CarrierRefused'
}

/** The desktop window's bridge where there is one, else a WebSocket to where the page came from. */
export function pageCarrier(): OpenCarrier {
  const bridge = window.porthole
  return bridge ? () => Promise.resolve(bridgeCarrier(bridge)) : () => socketCarrier(socketUrl())
}

function socketUrl(): string {
  const url = new URL('/rpc', window.location.href)
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:'
  return url.href
}

/** Carries frames through the preload's bridge. */
export function bridgeCarrier(bridge: Pick<Bridge, 'send' | 'onFrame' | 'onClose'>): PageTransport {
  const offs = new Set<() => void>()
  const drop = () => {
    for (const off of offs) off()
    offs.clear()
  }
  const keep = (off: () => void) => {
    offs.add(off)
    return () => {
      offs.delete(off)
      off()
    }
  }
  return {
    send: (frame) => bridge.send(frame),
    onFrame: (listener) => keep(bridge.onFrame(listener)),
    onClose: (listener) => keep(bridge.onClose(() => listener())),
    close: drop,
  }
}

/** Carries frames as JSON text over a WebSocket; resolves when it is open. */
export function socketCarrier(url: string): Promise<PageTransport> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url)
    const frames = new Set<(frame: HostFrame) => void>()
    const closers = new Set<(reason?: WireError) => void>()
    let opened = false
    socket.onopen = () => {
      opened = true
      resolve({
        send(frame) {
          // A closed socket is told by onclose; what is sent meanwhile settles there.
          if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(frame))
        },
        bufferedBytes: () => socket.bufferedAmount,
        onFrame(listener) {
          frames.add(listener)
          return () => frames.delete(listener)
        },
        onClose(listener) {
          closers.add(listener)
          return () => closers.delete(listener)
        },
        close: () => socket.close(),
      })
    }
    socket.onmessage = (message: MessageEvent<unknown>) => {
      const frame = parseFrame(message.data)
      if (frame) for (const listener of frames) listener(frame)
    }
    socket.onclose = () => {
      if (opened) for (const listener of [...closers]) listener()
      else void whyNot(url).then(reject)
    }
  })
}

function parseFrame(data: unknown): HostFrame | undefined {
  if (typeof data !== 'string') return undefined
  try {
    return JSON.parse(data) as HostFrame
  } catch {
    return undefined
  }
}

/** A browser does not tell why a WebSocket was turned away; the same server's page does. */
async function whyNot(url: string): Promise<Error> {
  const page = new URL('/', url.replace(/^ws/, 'http'))
  try {
    const answer = await fetch(page, { method: 'HEAD', cache: 'no-store' })
    if (answer.status === 401 || answer.status === 403) return new CarrierRefused('The session is not known.')
  } catch {
    // Nobody answers: the core is not running, which is worth another attempt.
  }
  return new Error('The core cannot be reached.')
}
