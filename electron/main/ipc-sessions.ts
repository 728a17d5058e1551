import type { Session } from '../contract/contract'
import { AppError } from '../contract/errors'
import type { ClientFrame, HostFrame, Transport } from '../contract/wire'
import { toWireError } from '../rpc/errors'
import { serve, type Served } from '../rpc/host'
import { senderFault, type IpcEventLike, type WebContentsLike } from './sender'

/** The part of ipcMain that the carrier uses. */
export interface IpcDoor {
  on(channel: 'rpc', listener: (event: IpcEventLike, frame: unknown) => void): unknown
}

export interface IpcSessionsOptions {
  /** The core, which may still be on its way when a page first speaks. */
  served: Promise<Served>
  /** Takes a line for Porthole's own log. */
  log(line: string): void
  session: Session
  /** Origins our page may have: `app://porthole`, or the development server's. */
  origins: ReadonlySet<string>
}

export interface IpcSessions {
  /** Lets a window speak. To be called before its page is loaded. */
  admit(contents: WebContentsLike): void
  /** Ends every session. */
  close(): void
}

interface Connection {
  deliver(frame: ClientFrame): void
  /** Ends the session; `tell` says so to the page, which must still be the one that began it. */
  end(tell: boolean): void
}

/**
 * One session a window, begun by its page's first frame and ended by navigation, a crash or the
 * window's end, so that a reloaded page never meets the streams of the one before.
 */
export function createIpcSessions(door: IpcDoor, options: IpcSessionsOptions): IpcSessions {
  const known = new Set<number>()
  const connections = new Map<number, Connection>()

  const drop = (id: number, tell = false) => {
    connections.get(id)?.end(tell)
    connections.delete(id)
  }

  door.on('rpc', (event, frame) => {
    const fault = senderFault(event, known, options.origins)
    if (fault !== undefined) {
      options.log(`ipc refused a message from ${fault}`)
      refuse(event, frame)
      return
    }
    let connection = connections.get(event.sender.id)
    if (!connection) {
      connection = connect(event.sender, options)
      connections.set(event.sender.id, connection)
    }
    connection.deliver(frame as ClientFrame)
  })

  return {
    admit(contents) {
      const { id } = contents
      known.add(id)
      contents.on('did-navigate', () => drop(id))
      contents.on('render-process-gone', () => drop(id))
      contents.on('destroyed', () => {
        drop(id)
        known.delete(id)
      })
    },
    close() {
      for (const id of [...connections.keys()]) drop(id, true)
    },
  }
}

function connect(contents: WebContentsLike, options: IpcSessionsOptions): Connection {
  const frames = new Set<(frame: ClientFrame) => void>()
  const closers = new Set<() => void>()
  let open = true
  const close = () => {
    if (!open) return
    open = false
    for (const listener of [...closers]) listener()
  }
  const transport: Transport<HostFrame, ClientFrame> = {
    send: (frame) => {
      if (open && !contents.isDestroyed()) contents.send('rpc', frame)
    },
    onFrame: (listener) => {
      frames.add(listener)
      return () => frames.delete(listener)
    },
    onClose: (listener) => {
      closers.add(listener)
      return () => closers.delete(listener)
    },
    close,
  }
  const ready = options.served.then((served) => {
    if (open) serve(served, transport, options.session)
  })
  return {
    // Those who wait for one promise are called in their order, so frames keep theirs.
    deliver: (frame) =>
      void ready.then(() => {
        for (const listener of frames) listener(frame)
      }),
    end: (tell) => {
      close()
      if (tell && !contents.isDestroyed()) contents.send('rpc-close')
    },
  }
}

/** Answers in words: a page that is not ours by mistake (development) shows why nothing works. */
function refuse(event: IpcEventLike, frame: unknown): void {
  const id = typeof frame === 'object' && frame !== null ? (frame as { id?: unknown }).id : undefined
  // To that frame alone: the window's own page may have a call of the same id.
  event.senderFrame?.send('rpc', {
    t: 'fail',
    id: Number.isSafeInteger(id) ? id : -1,
    error: toWireError(new AppError('rpc/denied', 'This page may not speak to Porthole.'), () => {}),
  })
}
