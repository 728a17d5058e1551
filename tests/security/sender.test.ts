import { EventEmitter } from 'node:events'
import { describe, expect, test } from 'vitest'
import type { HostFrame } from '../../electron/contract/wire'
import { createIpcSessions, type IpcDoor } from '../../electron/main/ipc-sessions'
import type { Served } from '../../electron/rpc/host'
import { FakeWindow } from '../support/carriers'
import { small } from '../support/server'
import { until } from '../support/until'

/** Electron's part is a fake here: EventEmitters shaped like ipcMain and a window. */
function door(origins = ['app://porthole'], coreThere = true) {
  const ipc = new EventEmitter()
  const calls: string[] = []
  const logged: string[] = []
  const served: Served = {
    ...small,
    handlers: { 'test.read': () => (calls.push('read'), Promise.resolve('read')) },
    log: () => {},
  }
  let finish = () => {}
  const core = new Promise<Served>((resolve) => (finish = () => resolve(served)))
  if (coreThere) finish()
  const sessions = createIpcSessions(ipc as IpcDoor, {
    served: core,
    log: (line) => logged.push(line),
    session: { access: new Set(['read', 'write', 'admin']), carrier: 'ipc' },
    origins: new Set(origins),
  })
  return { ipc, calls, logged, sessions, finish: () => finish() }
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

describe('before the core is there', () => {
  test('what our page says waits, and is answered in its order', async () => {
    const { ipc, calls, sessions, finish } = door(undefined, false)
    const window = new FakeWindow()
    const frames = listen(window)
    sessions.admit(window)
    ipc.emit('rpc', { sender: window, senderFrame: window.mainFrame }, call(1))
    ipc.emit('rpc', { sender: window, senderFrame: window.mainFrame }, call(2))
    expect(calls).toEqual([])
    finish()
    await until('the answers', () => frames.length === 2)
    expect(frames.map((frame) => 'id' in frame && frame.id)).toEqual([1, 2])
  })

  test('a message of a window that was not admitted is refused at once', async () => {
    const { ipc, calls, finish } = door(undefined, false)
    const window = new FakeWindow()
    const frames = listen(window)
    window.say(ipc, call(1))
    expect(await until('the refusal', () => frames[0])).toMatchObject({ error: { code: 'rpc/denied' } })
    finish()
    window.say(ipc, call(2))
    await until('the second refusal', () => frames[1])
    expect(calls).toEqual([])
  })

  test('what a page said that has gone since is not answered to the next one', async () => {
    const { ipc, calls, sessions, finish } = door(undefined, false)
    const window = new FakeWindow()
    const frames = listen(window)
    sessions.admit(window)
    ipc.emit('rpc', { sender: window, senderFrame: window.mainFrame }, call(1))
    window.emit('did-navigate')
    finish()
    window.say(ipc, call(2))
    await until('the answer', () => frames.length === 1)
    expect(frames[0]).toMatchObject({ t: 'ok', id: 2 })
    expect(calls).toEqual(['read'])
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
