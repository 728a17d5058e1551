import { EventEmitter } from 'node:events'
import { describe, expect, test } from 'vitest'
import type { HostFrame } from '../../electron/contract/wire'
import { createIpcSessions, type IpcDoor } from '../../electron/main/ipc-sessions'
import type { Served } from '../../electron/rpc/host'
import { FakeWindow } from '../support/carriers'
import { small } from '../support/server'
import { until } from '../support/until'

/** Electron's part is a fake here: EventEmitters shaped like ipcMain and a window. */
function door(origins = ['app://porthole']) {
  const ipc = new EventEmitter()
  const calls: string[] = []
  const logged: string[] = []
  const served: Served = {
    ...small,
    handlers: { 'test.read': () => (calls.push('read'), Promise.resolve('read')) },
    log: (_id, error) => logged.push(String(error)),
  }
  const sessions = createIpcSessions(ipc as IpcDoor, {
    served,
    session: { access: new Set(['read', 'write', 'admin']), carrier: 'ipc' },
    origins: new Set(origins),
  })
  return { ipc, calls, logged, sessions }
}

function listen(window: FakeWindow): HostFrame[] {
  const frames: HostFrame[] = []
  window.fromHost.on('rpc', (frame: HostFrame) => frames.push(frame))
  return frames
}

const call = (id: number) => ({ t: 'call', id, name: 'test.read', input: {} })

describe('a message', () => {
  test('of our page is answered', async () => {
    const { ipc, sessions } = door()
    const window = new FakeWindow()
    const frames = listen(window)
    sessions.admit(window)
    window.say(ipc, call(1))
    expect(await until('the answer', () => frames[0])).toEqual({ t: 'ok', id: 1, value: 'read' })
  })

  test('of a window that was not admitted is refused', async () => {
    const { ipc, calls, logged } = door()
    const window = new FakeWindow()
    const frames = listen(window)
    window.say(ipc, call(1))
    expect(await until('the refusal', () => frames[0])).toMatchObject({
      t: 'fail',
      error: { code: 'rpc/denied' },
    })
    expect(calls).toEqual([])
    expect(logged.join()).toContain('a window that Porthole did not make')
  })

  test('of a frame inside our page is refused, to that frame and not to the page', async () => {
    const { ipc, calls, sessions } = door()
    const window = new FakeWindow()
    const frames = listen(window)
    sessions.admit(window)
    const told: unknown[] = []
    const inner = { origin: 'app://porthole', send: (_channel: string, frame: unknown) => told.push(frame) }
    window.say(ipc, call(1), inner)
    expect(await until('the refusal', () => told[0])).toMatchObject({
      t: 'fail',
      id: 1,
      error: { code: 'rpc/denied' },
    })
    expect(frames).toEqual([])
    expect(calls).toEqual([])
  })

  test.each(['https://example.org', 'file://', 'null', 'app://other', 'app://porthole.example.org', ''])(
    'of our window led to %j is refused',
    async (origin) => {
      const { ipc, calls, sessions } = door()
      const window = new FakeWindow(origin)
      const frames = listen(window)
      sessions.admit(window)
      window.say(ipc, call(1))
      expect(await until('the refusal', () => frames[0])).toMatchObject({ error: { code: 'rpc/denied' } })
      expect(calls).toEqual([])
    },
  )

  test('of a frame that is gone is refused', async () => {
    const { ipc, calls, logged, sessions } = door()
    const window = new FakeWindow()
    sessions.admit(window)
    window.say(ipc, call(1), null)
    await until('the refusal', () => logged.length === 1)
    expect(calls).toEqual([])
  })

  test('of a development page is taken from exactly that address', async () => {
    const { ipc, sessions } = door(['http://localhost:5173'])
    for (const [origin, kind] of [
      ['http://localhost:5173', 'ok'],
      ['http://localhost:5174', 'fail'],
      ['app://porthole', 'fail'],
    ] as const) {
      const window = new FakeWindow(origin)
      const frames = listen(window)
      sessions.admit(window)
      window.say(ipc, call(1))
      expect((await until('an answer', () => frames[0])).t).toBe(kind)
    }
  })
})

describe('a session', () => {
  test.each(['did-navigate', 'render-process-gone', 'destroyed'])('ends with %s', async (event) => {
    const { ipc, sessions } = door()
    const window = new FakeWindow()
    const frames = listen(window)
    sessions.admit(window)
    window.say(ipc, { t: 'call', id: 1, name: 'test.none', input: {} })
    await until('an answer', () => frames.length === 1)
    let told = 0
    window.fromHost.on('rpc-close', () => (told += 1))
    window.emit(event)
    if (event === 'destroyed') {
      window.say(ipc, call(2))
      expect(await until('the refusal', () => frames[1])).toMatchObject({ error: { code: 'rpc/denied' } })
    } else {
      // A new page begins with the same ids and is not told of the end of the one before.
      window.say(ipc, call(1))
      expect(await until('the answer', () => frames[1])).toEqual({ t: 'ok', id: 1, value: 'read' })
    }
    expect(told).toBe(0)
  })

  test('is told when the program ends', async () => {
    const { ipc, sessions } = door()
    const window = new FakeWindow()
    const frames = listen(window)
    sessions.admit(window)
    window.say(ipc, call(1))
    await until('the answer', () => frames.length === 1)
    const told = new Promise((resolve) => window.fromHost.once('rpc-close', resolve))
    sessions.close()
    await told
  })
})
