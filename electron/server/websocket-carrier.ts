import type { WebSocket } from 'ws'
import type { ClientFrame, HostFrame, Transport } from '../contract/wire'

/**
 * Frames as JSON text over one WebSocket. What is not JSON is handed on as it came: the host
 * refuses it with a coded error.
 */
export function webSocketTransport(socket: WebSocket): Transport<HostFrame, ClientFrame> {
  return {
    send: (frame) => {
      if (socket.readyState === socket.OPEN) socket.send(JSON.stringify(frame))
    },
    bufferedBytes: () => socket.bufferedAmount,
    onFrame: (listener) => {
      const onMessage = (data: Buffer, binary: boolean) => {
        listener((binary ? undefined : parse(data.toString('utf8'))) as ClientFrame)
      }
      socket.on('message', onMessage)
      return () => socket.off('message', onMessage)
    },
    onClose: (listener) => {
      const onClose = () => listener()
      socket.once('close', onClose)
      return () => socket.off('close', onClose)
    },
    close: () => socket.close(1001),
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}
