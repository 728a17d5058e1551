import {
  appendFileSync,
  copyFileSync,
  mkdtempSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { LogLine, LogLink } from '../../electron/contract/subjects/daemon-log'
import { createDaemonLogService, type DaemonLogOptions } from '../../electron/services/daemon-log'
import { createEngineService } from '../../electron/services/engine'
import type { ServiceOptions } from '../../electron/services/options'
import { Lab, generations } from '../support/lab'
import { until } from '../support/until'

type WatchInput = Parameters<ReturnType<typeof createDaemonLogService>['watch']>[0]

function serviceFor(endpoint: string, more: Partial<DaemonLogOptions & ServiceOptions> = {}) {
  const options: ServiceOptions = { endpoint, env: process.env, log: () => undefined, ...more }
  const engine = createEngineService(options)
  engine.start()
  const service = createDaemonLogService({ engine, options, pollMs: 50, ...more })
  onTestFinished(async () => {
    await service.dispose()
    await engine.dispose()
  })
  return { engine, service }
}

/** Reads a stream until it is ended; what it threw is in `failed`. */
function reader<T>(stream: (signal: AbortSignal) => AsyncIterable<T>) {
  const abort = new AbortController()
  const items: T[] = []
  const state: { failed?: unknown } = {}
  const done = (async () => {
    try {
      for await (const item of stream(abort.signal)) items.push(item)
    } catch (error) {
      state.failed = error
    }
  })()
  const stop = async () => {
    abort.abort()
    await done
  }
  onTestFinished(stop)
  return { items, state, stop, done }
}

/** What this process has open. */
function openFiles(): string[] {
  return readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      return [readlinkSync(`/proc/self/fd/${fd}`)]
    } catch {
      return []
    }
  })
}

describe.each(generations)('the log of a real dockerd (%s)', (generation) => {
  let lab: Lab
  beforeAll(async () => {
    lab = await Lab.start({ generation })
  })
  afterAll(() => lab.stop())

  const watch = (input: WatchInput = {}) => {
    const { service, engine } = serviceFor(lab.endpoint)
    return { service, engine, ...reader((signal) => service.watch(input, signal)) }
  }

  it('is found by the process, told as it is, and numbered without holes', async () => {
    const { items, service } = watch()
    const up = await until('the start to be read', () =>
      items.find(({ message }) => message.startsWith('API listen on')),
    )
    expect(up.level).toBe('info')
    expect(up.source).toBe(lab.logFile)
    expect(lab.log()).toContain(up.raw)
    expect(items.map(({ seq }) => seq)).toEqual(items.map((_, index) => index + 1))
    for (const item of items) expect(LogLine.parse(item)).toEqual(item)

    const link = reader((signal) => service.watchLink(signal))
    const live = await until('the link to be live', () => link.items.find(({ state }) => state === 'live'))
    expect(LogLink.parse(live)).toEqual(live)
    expect(live.source).toEqual({ kind: 'file', name: lab.logFile })
    expect(live.looked.at(-1)).toEqual({ source: live.source, found: 'used' })
  })

  it('brings requests once debug is on, and graver lines alone to who asks for them', async () => {
    const all = watch()
    const grave = reader((signal) => all.service.watch({ level: 'error' }, signal))
    await until('the start to be read', () => all.items.length > 0)
    writeFileSync(lab.configFile, '{"debug": true}\n')
    process.kill(lab.pid, 'SIGHUP')
    await until('debug to be on', async () => (await lab.info())['Debug'] === true)
    await lab.get('/containers/nobody-has-this/json')
    const line = await until('the request', () =>
      all.items.find(({ raw }) => raw.includes('nobody-has-this/json') && raw.includes('GET')),
    )
    expect(line.level).toBe('debug')
    if (generation === 'next') {
      expect(line.message).toBe('handling GET request')
      expect(line.fields).toMatchObject({ method: 'GET', 'request-url': '/containers/nobody-has-this/json' })
    } else expect(line.message).toBe('Calling GET /containers/nobody-has-this/json')
    expect(grave.items.every(({ level }) => ['error', 'fatal', 'panic'].includes(level))).toBe(true)

    writeFileSync(lab.configFile, '{"debug": tru\n')
    process.kill(lab.pid, 'SIGHUP')
    await until('the error', () => grave.items.find(({ raw }) => raw.includes(lab.configFile)))
    writeFileSync(lab.configFile, '{"debug": true}\n')
  })

  it('masks the environment of a container that is made', async () => {
    writeFileSync(lab.configFile, '{"debug": true}\n')
    process.kill(lab.pid, 'SIGHUP')
    await until('debug to be on', async () => (await lab.info())['Debug'] === true)
    const { items } = watch()
    const { items: found } = watch({ text: 'CREATE?NAME=MASKED' })
    await lab.get('/containers/create?name=masked', 'POST', {
      Image: 'nothing',
      Env: ['DB_PASSWORD=hunter2', 'PLAIN=hunter2'],
      Labels: { 'com.example.token': 'hunter2', note: '<b>keep</b>' },
    })
    await until('the form data', () => items.find(({ raw }) => raw.includes('DB_PASSWORD')))
    expect(lab.log()).toContain('hunter2')
    expect(JSON.stringify(items)).not.toContain('hunter2')
    expect(JSON.stringify(items)).toContain('DB_PASSWORD=*****')
    expect(JSON.stringify(items)).toContain('keep')
    await until('the text filter to find it', () => found.length > 0)
  })

  it('goes on after copytruncate, while dockerd keeps its descriptor', async () => {
    const { items } = watch()
    await until('the start to be read', () => items.length > 0)
    copyFileSync(lab.logFile, `${lab.logFile}.1`)
    truncateSync(lab.logFile)
    process.kill(lab.pid, 'SIGHUP')
    await until('the reload after truncation', () => lab.log().includes('Got signal to reload'))
    const before = items.length
    process.kill(lab.pid, 'SIGHUP')
    await until('lines to go on', () =>
      items.slice(before).find(({ message }) => message.startsWith('Got signal to reload')),
    )
  })

  it('goes on after rotation by rename and a restart, and stays on while dockerd is down', async () => {
    const { items, service } = watch()
    const link = reader((signal) => service.watchLink(signal))
    await until('the start to be read', () => items.length > 0)
    await lab.down()
    await until('the last words', () => items.find(({ raw }) => /signal 'terminated'/.test(raw)))
    renameSync(lab.logFile, `${lab.logFile}.2`)
    await until('the link to say so', () => link.items.at(-1)?.state === 'waiting')
    const rotatedAt = items.at(-1)?.seq ?? 0
    await lab.up()
    await until('the new start', () =>
      items.find(({ seq, message }) => seq > rotatedAt && message.startsWith('API listen on')),
    )
    await until('the link to be live', () => link.items.at(-1)?.state === 'live')
    expect(items.map(({ seq }) => seq)).toEqual(
      items.map(({ seq: _ }, index) => (items[0]?.seq ?? 0) + index),
    )
  })
})

describe('without a daemon', () => {
  it('follows the file a person named', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'porthole-log-'))
    onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
    const daemonLog = join(dir, 'mine.log')
    const { service } = serviceFor(`unix://${dir}/none.sock`, { daemonLog })
    const { items } = reader((signal) => service.watch({}, signal))
    const link = reader((signal) => service.watchLink(signal))
    await until(
      'the link to wait',
      () => link.items.at(-1)?.state === 'waiting' && link.items.at(-1)?.message,
    )
    appendFileSync(daemonLog, 'level=warning msg="here I am"\n')
    await until('the line', () => items.length === 1)
    expect(items[0]).toMatchObject({ seq: 1, level: 'warning', message: 'here I am', source: daemonLog })
  })

  it('goes on behind a number, and gives the last lines asked for', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'porthole-log-'))
    onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
    const daemonLog = join(dir, 'mine.log')
    const levels = ['info', 'debug', 'error', 'info', 'warning', 'debug']
    writeFileSync(daemonLog, levels.map((level) => `level=${level} msg=x\n`).join(''))
    const { service } = serviceFor(`unix://${dir}/none.sock`, { daemonLog })
    const first = async (input: WatchInput) => {
      const { items, stop } = reader((signal) => service.watch(input, signal))
      await until('a line', () => items.length > 0)
      await stop()
      return items.map(({ seq }) => seq)
    }
    expect(await first({})).toEqual([1, 2, 3, 4, 5, 6])
    expect(await first({ after: 3 })).toEqual([4, 5, 6])
    expect(await first({ tail: 2 })).toEqual([5, 6])
    expect(await first({ tail: 2, level: 'info' })).toEqual([4, 5])
    expect(await first({ text: 'LEVEL=ERROR' })).toEqual([3])
    const wrong = reader((signal) => service.watch({ since: 'yesterday' }, signal))
    await wrong.done
    expect(wrong.state.failed).toMatchObject({ code: 'rpc/bad-input' })
  })

  it('says that there is no log, where it looked, and what to do', async () => {
    const { service } = serviceFor('tcp://127.0.0.1:9', { env: { PATH: '/nowhere' } })
    const watching = reader((signal) => service.watch({}, signal))
    await watching.done
    expect(watching.state.failed).toMatchObject({
      code: 'log/none',
      hint: expect.stringContaining('--daemon-log'),
    })
    const link = reader((signal) => service.watchLink(signal))
    const none = await until('the link', () => link.items[0])
    expect(none.state).toBe('none')
    expect(none.looked.length).toBeGreaterThan(2)
  })

  it('stops reading a while after the last reader left, and goes on where it was', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'porthole-log-'))
    onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
    const daemonLog = join(dir, 'mine.log')
    writeFileSync(daemonLog, 'one\n')
    const { service } = serviceFor(`unix://${dir}/none.sock`, { daemonLog, lingerMs: 0 })
    const first = reader((signal) => service.watch({}, signal))
    await until('the first line', () => first.items.length === 1)
    await first.stop()
    await until('the file to be closed', () => !openFiles().includes(daemonLog))
    appendFileSync(daemonLog, 'two\n')
    const second = reader((signal) => service.watch({}, signal))
    await until('both lines', () => second.items.length === 2)
    expect(second.items.map(({ seq, message }) => [seq, message])).toEqual([
      [1, 'one'],
      [2, 'two'],
    ])
  })
})
