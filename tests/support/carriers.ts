import { EventEmitter } from 'node:events'
import { WebSocket } from 'ws'
import type { Session } from '../../electron/contract/contract'
import type { Access } from '../../electron/contract/define'
import type { ClientFrame, HostFrame, Transport } from '../../electron/contract/wire'
import { createIpcSessions, type IpcDoor } from '../../electron/main/ipc-sessions'
import type { FrameLike, WebContentsLike } from '../../electron/main/sender'
import { serve, type Served } from '../../electron/rpc/host'
import { memoryPair } from '../../electron/rpc/memory'
import { startServer, type RunningServer } from '../../electron/server/server'

/** One connected client end of a carrier. */
export interface Connected {
  transport: Transport<ClientFrame, HostFrame>
  /** Puts anything on the wire, frame or not. */
  raw(value: unknown): void
  /** Cuts the connection as a crash of the client would. */
  cut(): void
  stop(): Promise<void>
}

export interface Carrier {
  name: string
  connect(served: Served, access: Access[]): Promise<Connected>
}

/** Trades the one-time link of a running server for its session cookie. */
export async function logIn(server: RunningServer): Promise<string> {
  const token = new URL(server.link()).hash.replace('#token=', '')
  const answer = await fetch(`${server.origin}/session`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Origin: server.origin },
    body: JSON.stringify({ token }),
  })
  const cookie = answer.headers.get('set-cookie')?.split(';')[0]
  if (cookie === undefined) throw new Error(`No cookie: ${answer.status} ${await answer.text()}`)
  return cookie
}

/** The client's end of a WebSocket, as the page has it. */
export function socketTransport(socket: WebSocket): Transport<ClientFrame, HostFrame> {
  return {
    send: (frame) => socket.send(JSON.stringify(frame)),
    onFrame: (listener) => {
      const on = (data: Buffer) => listener(JSON.parse(data.toString()) as HostFrame)
      socket.on('message', on)
      return () => socket.off('message', on)
    },
    onClose: (listener) => {
      const on = (code: number) =>
        code === 1009
          ? listener({ code: 'rpc/too-large', message: 'A frame was larger than the other side takes.' })
          : listener()
      socket.on('close', on)
      return () => socket.off('close', on)
    },
    close: () => socket.close(),
  }
}

const memory: Carrier = {
  name: 'memory',
  connect: (served, access) => {
    const pair = memoryPair()
    const session: Session = { access: new Set(access), carrier: 'process' }
    const end = serve(served, pair.host, session)
    return Promise.resolve({
      transport: pair.client,
      raw: (value) => pair.client.send(value as ClientFrame),
      cut: () => pair.client.close(),
      stop: () => Promise.resolve(end()),
    })
  },
}

const websocket: Carrier = {
  name: 'WebSocket',
  async connect(served, access) {
    const server = await startServer({
      served,
      access: new Set(access),
      assets: '.',
      host: '127.0.0.1',
      port: 0,
    })
    const socket = new WebSocket(`${server.origin.replace('http', 'ws')}/rpc`, {
      headers: { Cookie: await logIn(server), Origin: server.origin },
    })
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject))
    socket.on('error', () => {})
    return {
      transport: socketTransport(socket),
      raw: (value) => socket.send(typeof value === 'string' ? value : JSON.stringify(value)),
      cut: () => socket.terminate(),
      stop: () => server.close(),
    }
  },
}

/**
 * A fake: two EventEmitters shaped like ipcMain and a window's webContents, with the structured
 * clone that Electron makes of each message. The real IPC needs a running Electron.
 */
export class FakeWindow extends EventEmitter implements WebContentsLike {
  static #next = 1
  readonly id = FakeWindow.#next++
  readonly fromHost = new EventEmitter()
  readonly mainFrame: FrameLike
  destroyed = false

  constructor(origin = 'app://porthole') {
    super()
    this.mainFrame = this.frame(origin)
  }

  frame(origin: string): FrameLike {
    return { origin, send: (channel, ...args) => this.send(channel, ...args) }
  }

  isDestroyed(): boolean {
    return this.destroyed
  }

  send(channel: string, ...args: unknown[]): void {
    const copy = structuredClone(args)
    setImmediate(() => this.fromHost.emit(channel, ...copy))
  }

  /** What `ipcRenderer.send` of that frame would do. */
  say(door: EventEmitter, frame: unknown, from: FrameLike | null = this.mainFrame): void {
    const copy = structuredClone(frame)
    setImmediate(() => door.emit('rpc', { sender: this, senderFrame: from }, copy))
  }
}

const ipc: Carrier = {
  name: 'IPC (fake)',
  connect: (served, access) => {
    const door = new EventEmitter()
    const window = new FakeWindow()
    const sessions = createIpcSessions(door as IpcDoor, {
      served: Promise.resolve(served),
      log: () => {},
      session: { access: new Set(access), carrier: 'ipc' },
      origins: new Set(['app://porthole']),
    })
    sessions.admit(window)
    const gone = new EventEmitter()
    return Promise.resolve({
      transport: {
        send: (frame) => window.say(door, frame),
        onFrame: (listener) => {
          window.fromHost.on('rpc', listener)
          return () => window.fromHost.off('rpc', listener)
        },
        onClose: (listener) => {
          const on = () => listener()
          window.fromHost.on('rpc-close', on)
          gone.on('gone', on)
          return () => {
            window.fromHost.off('rpc-close', on)
            gone.off('gone', on)
          }
        },
        close: () => {},
      },
      raw: (value) => window.say(door, value),
      cut: () => {
        window.destroyed = true
        window.emit('destroyed')
        gone.emit('gone')
      },
      stop: () => Promise.resolve(sessions.close()),
    })
  },
}

export const carriers: Carrier[] = [memory, websocket, ipc]
