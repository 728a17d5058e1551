import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { effectScope, type EffectScope } from 'vue'
import { contract } from '../../../electron/contract/contract'
import type { ClientFrame } from '../../../electron/contract/wire'
import { memoryPair } from '../../../electron/rpc/memory'
import { backoffMs } from '../../../renderer/src/remote/backoff'
import { bridgeCarrier, CarrierRefused, type PageTransport } from '../../../renderer/src/remote/carriers'
import { useConnection } from '../../../renderer/src/remote/connection'
import { RESUME } from '../../../renderer/src/remote/resume'
import { useRequest } from '../../../renderer/src/remote/use-request'
import { useStream } from '../../../renderer/src/remote/use-stream'
import { serveFake, type Scene } from '../../support/fake-host'
import { until } from '../../support/until'

let scope: EffectScope
let stop: (() => void) | undefined
/** Frames of the page, as the core gets them. */
let sent: ClientFrame[]
let cut: () => void

function open(scene: Scene): Promise<PageTransport> {
  const { client, host } = memoryPair()
  host.onFrame((frame) => sent.push(frame))
  const end = serveFake(scene, host)
  cut = end
  return Promise.resolve(client)
}

beforeEach(() => {
  setActivePinia(createPinia())
  scope = effectScope()
  sent = []
})
afterEach(() => {
  scope.stop()
  stop?.()
})

describe('the connection', () => {
  it('becomes ready with the session, is lost with its carrier, and comes back by itself', async () => {
    const connection = useConnection()
    stop = connection.start(() => open('full'))
    await until('ready', () => connection.state === 'ready')
    expect(connection.session?.instance).toBe('fake-1')
    cut()
    await until('lost', () => connection.state === 'lost')
    expect(connection.client).toBeUndefined()
    await until('ready again', () => connection.state === 'ready')
  })

  it('does not knock again where it was refused, until somebody asks it to', async () => {
    const connection = useConnection()
    let attempts = 0
    stop = connection.start(() => {
      attempts += 1
      return attempts === 1 ? Promise.reject(new CarrierRefused()) : open('full')
    })
    await until('refused', () => connection.state === 'refused')
    expect(attempts).toBe(1)
    connection.retry()
    await until('ready', () => connection.state === 'ready')
  })

  it('waits from half a second up to ten, never exactly as long as another window', () => {
    expect(backoffMs(0, () => 0)).toBe(500)
    expect(backoffMs(3, () => 0)).toBe(4_000)
    expect(backoffMs(50, () => 0)).toBe(10_000)
    expect(backoffMs(50, () => 1)).toBe(8_000)
  })

  it('passes frames through the desktop’s bridge and lets go of it', () => {
    const listeners = new Set<unknown>()
    const add = (listener: unknown) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    }
    const frames: ClientFrame[] = []
    const carrier = bridgeCarrier({ send: (frame) => frames.push(frame), onFrame: add, onClose: add })
    carrier.onFrame(() => {})
    carrier.onClose(() => {})
    carrier.send({ t: 'stop', id: 1 })
    expect(frames).toEqual([{ t: 'stop', id: 1 }])
    expect(listeners.size).toBe(2)
    carrier.close()
    expect(listeners.size).toBe(0)
  })
})

describe('a request', () => {
  it('is asked again after a reconnect and keeps its answer meanwhile', async () => {
    const connection = useConnection()
    const status = scope.run(() => useRequest('engine.status', {}))
    stop = connection.start(() => open('full'))
    await until('an answer', () => status?.data.value?.engine?.version === '28.5.2')
    const first = status?.at.value
    cut()
    await until('lost', () => connection.state === 'lost')
    expect(status?.data.value?.engine?.version).toBe('28.5.2')
    await until('a newer answer', () => (status?.at.value ?? 0) > (first ?? 0))
  })

  it('tells a coded error', async () => {
    const history = scope.run(() => useRequest('events.history', {}))
    stop = useConnection().start(() => open('broken'))
    await until('the error', () => history?.error.value?.code === 'engine/refused')
  })
})

describe('a stream', () => {
  it('follows for each name the rule that the contract states', () => {
    const stated = Object.fromEntries(
      Object.entries(contract).flatMap(([name, def]) => (def.kind === 'stream' ? [[name, def.resume]] : [])),
    )
    expect(RESUME).toEqual(stated)
  })

  it('goes on behind the last item after a cut, without its tail', async () => {
    const seen: number[] = []
    scope.run(() =>
      useStream(
        'daemonLog.watch',
        { tail: 5 },
        { onBatch: (items) => seen.push(...items.map((i) => i.seq)) },
      ),
    )
    stop = useConnection().start(() => open('full'))
    await until('the tail', () => seen.length >= 5)
    cut()
    const last = seen.at(-1) ?? 0
    await until('more lines', () => seen.length > 6, { timeoutMs: 20_000 })
    const opens = sent.filter((frame) => frame.t === 'open')
    expect(opens.map((frame) => frame.input)).toEqual([{ tail: 5 }, { after: last }])
    expect(seen).toEqual([...new Set(seen)])
  })

  it('is cancelled on the other side when its owner goes', async () => {
    scope.run(() => useStream('engine.link', {}, { onBatch: () => {} }))
    stop = useConnection().start(() => open('full'))
    await until('the open', () => sent.some((frame) => frame.t === 'open'))
    scope.stop()
    await until('the stop', () => sent.some((frame) => frame.t === 'stop'))
  })
})
