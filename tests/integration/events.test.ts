import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { contract } from '../../electron/contract/contract'
import { createEngineService } from '../../electron/services/engine'
import { createEventsService, type EngineEvent, type EventsService } from '../../electron/services/events'
import type { InputOf } from '../../electron/contract/contract'
import { ChaosProxy } from '../support/chaos-proxy'
import { Lab, generations } from '../support/lab'
import { until } from '../support/until'

interface Watch {
  events: EngineEvent[]
  actions: () => string[]
  names: () => string[]
  stop: () => void
}

function eventsAt(endpoint: string) {
  const engine = createEngineService({ endpoint, env: {}, log: () => undefined })
  const log: string[] = []
  const events = createEventsService(engine, { log: (line) => log.push(line) })
  onTestFinished(async () => {
    await events.dispose()
    await engine.dispose()
  })
  return { engine, events, log }
}

function watch(events: EventsService, input: InputOf<'events.watch'> = {}): Watch {
  const stop = new AbortController()
  onTestFinished(() => stop.abort())
  const seen: EngineEvent[] = []
  void (async () => {
    for await (const event of events.watch(input, stop.signal)) seen.push(event)
  })()
  return {
    events: seen,
    actions: () => seen.map((event) => event.action),
    names: () => seen.map((event) => event.actor.name ?? event.actor.id),
    stop: () => stop.abort(),
  }
}

const identity = (event: EngineEvent): string =>
  [event.timeNano, event.type, event.action, event.actor.id].join(' ')

describe.each(generations)('events of a real dockerd (%s)', (generation) => {
  let lab: Lab
  let image: string
  beforeAll(async () => {
    lab = await Lab.start({ generation })
    image = lab.importBusybox()
  })
  afterAll(() => lab.stop())

  const volume = async (name: string): Promise<void> => {
    const made = await lab.get('/volumes/create', 'POST', { Name: name })
    expect(made.status).toBe(201)
    await lab.get(`/volumes/${name}`, 'DELETE')
  }

  it('come in order, with every digit of their time, like docker events prints them', async () => {
    const { events } = eventsAt(lab.endpoint)
    const all = watch(events)
    await until('the stream', async () => (await lab.info())['NEventsListener'] === 1)
    lab.docker('run', '--rm', '--network', 'none', '--name', 'one', image, 'true')
    await until('the end of the container', () => all.actions().includes('destroy'))
    for (const event of all.events) expect(contract['events.watch'].item.parse(event)).toEqual(event)
    const first = all.events[0]
    const printed = lab
      .docker(
        'events',
        '--since',
        `${Math.floor(Date.parse(first?.time ?? '') / 1000)}`,
        '--until',
        `${Date.now() / 1000}`,
        '--format',
        '{{.TimeNano}} {{.Type}} {{.Action}} {{.Actor.ID}}',
      )
      .trim()
      .split('\n')
    expect(all.events.map(identity)).toEqual(printed.slice(-all.events.length))
    expect(all.events.map((event) => event.seq)).toEqual(
      all.events.map((_event, index) => (first?.seq ?? 0) + index),
    )
    expect(all.names()).toContain('one')
  })

  it('are replayed with since, from memory with after, and kept as history', async () => {
    await volume('past')
    const { events } = eventsAt(lab.endpoint)
    const all = watch(events, { since: '2020-01-01T00:00:00Z', filters: { volume: ['past'] } })
    await until('the replay', () => all.actions().includes('destroy'))
    expect(all.actions()).toEqual(['create', 'destroy'])
    const behind = watch(events, { after: all.events[0]?.seq ?? 0, filters: { volume: ['past'] } })
    await until('the second', () => behind.events.length === 1)
    const { events: kept, more, oldestSeq } = await events.history({ limit: 2 })
    expect(kept.map((event) => event.seq)).toEqual([kept[0]?.seq, (kept[0]?.seq ?? 0) - 1])
    expect(more).toBe(true)
    expect(oldestSeq).toBe(1)
    const page = await events.history({ limit: 1000, before: kept[1]?.seq ?? 1 })
    expect(page.events[0]?.seq).toBe((kept[1]?.seq ?? 0) - 1)
    const fresh = watch(events)
    await volume('present')
    await until('the new ones', () => fresh.events.length >= 2)
    expect(fresh.names()).not.toContain('past')
  })

  it('are filtered as the daemon filters them', async () => {
    lab.docker(
      'create',
      '--name',
      'labelled',
      '--label',
      'a=1',
      '--label',
      'b=2',
      '--network',
      'none',
      image,
      'true',
    )
    lab.docker('create', '--name', 'other', '--label', 'a=1', '--network', 'none', image, 'true')
    lab.docker('rm', 'labelled', 'other')
    await volume('filtered')
    const { events } = eventsAt(lab.endpoint)
    await events.history({})
    const cases: Record<string, string[]>[] = [
      { type: ['container'] },
      { type: ['container', 'volume'], event: ['create'] },
      { container: ['labelled'] },
      { container: ['label', 'oth'] },
      { label: ['a=1'] },
      { label: ['a', 'b=2'] },
      { image: ['busybox'] },
      { image: [image], event: ['destroy'] },
      { volume: ['filt'] },
      { event: ['exec_create'] },
      { scope: ['swarm'] },
      { network: ['none'] },
    ]
    for (const filters of cases) {
      const theirs = (
        await lab.get(
          `/events?since=1&until=${Date.now() / 1000}&filters=${encodeURIComponent(JSON.stringify(filters))}`,
        )
      ).body
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as { Action: string; Actor: { ID: string } })
        .map((event) => `${event.Action} ${event.Actor.ID}`)
      const ours = (await events.history({ limit: 1000, filters })).events
        .reverse()
        .map((event) => `${event.action} ${event.actor.id}`)
      expect(ours, JSON.stringify(filters)).toEqual(theirs)
    }
    await expect(events.history({ filters: { colour: ['red'] } })).rejects.toMatchObject({
      code: 'rpc/bad-input',
    })
  })

  it('of health checks are told from those of people', async () => {
    const { events } = eventsAt(lab.endpoint)
    const all = watch(events)
    const people = watch(events, { hideHealthChecks: true })
    lab.docker(
      'run',
      '-d',
      '--network',
      'none',
      '--name',
      'checked',
      '--health-cmd',
      'echo well',
      '--health-interval',
      '1s',
      image,
      'sleep',
      '1000',
    )
    onTestFinished(() => void lab.docker('rm', '-f', 'checked'))
    await until('a verdict', () => all.actions().some((action) => action.startsWith('health_status')))
    lab.docker('exec', 'checked', 'echo', 'by', 'hand')
    await until('the exec by hand', () => people.actions().includes('exec_die'))
    const marked = all.events.filter((event) => event.healthCheck).map((event) => event.action)
    expect(marked).toContain('exec_create: /bin/sh -c echo well')
    expect(marked).toContain('exec_die')
    expect(people.actions().filter((action) => action.startsWith('exec'))).toEqual([
      'exec_create: echo by hand',
      'exec_start: echo by hand',
      'exec_die',
    ])
  })

  it('survive hostile labels', async () => {
    const { events } = eventsAt(lab.endpoint)
    const all = watch(events, { filters: { label: ['hostile'] } })
    const labels = {
      hostile: 'line\nbreak\r\n"timeNano":1,"<img src=x onerror=alert(1)>\u2028\ud83d\udca9',
      '"timeNano":7}': '\\"timeNano\\":8',
      __proto__x: 'polluted',
      timeNano: '9',
      huge: 'x'.repeat(300_000),
    }
    const body = JSON.stringify({ Image: image, Cmd: ['true'], Labels: labels }).replace(
      '"__proto__x"',
      '"__proto__"',
    )
    const made = await lab.get('/containers/create?name=hostile', 'POST', JSON.parse(body) as unknown)
    expect(made.status, made.body).toBe(201)
    await until('the event', () => all.events.length === 1)
    lab.docker('rm', 'hostile')
    await until('the second event', () => all.events.length === 2)
    const [event] = all.events
    expect(event?.actor.attributes['hostile']).toBe(labels.hostile)
    expect(event?.actor.attributes['huge']).toHaveLength(300_000)
    expect(event?.timeNano).toMatch(/^\d{19}$/)
    expect(({} as Record<string, unknown>)['x']).toBeUndefined()
  })

  it('a reload is told to listeners, and an earlier one is not', async () => {
    process.kill(lab.pid, 'SIGHUP')
    await until('the first reload', () => lab.log().includes('Got signal to reload'))
    await until('its event', async () =>
      (
        await lab.get(`/events?since=1&until=${Math.floor(Date.now() / 1000)}&filters={"event":["reload"]}`)
      ).body.includes('reload'),
    )
    const { events } = eventsAt(lab.endpoint)
    const reloads: EngineEvent[] = []
    const off = events.onEvent((event) => {
      if (event.type === 'daemon' && event.action === 'reload') reloads.push(event)
    })
    await events.history({})
    expect(reloads).toHaveLength(0)
    process.kill(lab.pid, 'SIGHUP')
    await until('the reload', () => reloads.length === 1)
    off()
  })

  it('go on after the daemon was stopped, killed and started, none lost, none twice', async () => {
    const { engine, events } = eventsAt(lab.endpoint)
    const all = watch(events, { filters: { type: ['volume'] } })
    await until('the stream', () => engine.link.events === 'live')
    await volume('before')
    await until('the first', () => all.events.length >= 2)
    for (const [round, signal] of (['SIGTERM', 'SIGKILL'] as const).entries()) {
      await lab.down(signal)
      await until('the loss', () => engine.link.state === 'unreachable' && engine.link.events === 'waiting')
      await lab.up()
      // Made before the link is back, or after: the daemon remembers it.
      await volume(`after-${round}`)
      await until('the new ones', () => all.names().filter((name) => name === `after-${round}`).length >= 2)
    }
    expect(all.names()).toEqual(['before', 'before', 'after-0', 'after-0', 'after-1', 'after-1'])
    expect(new Set(all.events.map(identity)).size).toBe(all.events.length)
    expect(engine.link).toMatchObject({ state: 'connected', events: 'live' })
  })

  it('are complete after cuts, stalls and garbled chunks', async () => {
    const proxy = await ChaosProxy.start(join(lab.dir, 'proxy.sock'), lab.socket)
    const { engine, events } = eventsAt(proxy.endpoint)
    onTestFinished(() => proxy.away())
    const all = watch(events, { filters: { type: ['volume'], event: ['create'] } })
    await until('the stream', () => engine.link.events === 'live')
    const wanted: string[] = []
    const make = async (name: string): Promise<void> => {
      wanted.push(name)
      await volume(name)
    }
    await make('v0')
    await until('v0', () => all.names().includes('v0'))
    proxy.cut()
    await make('v1')
    await until('v1', () => all.names().includes('v1'))
    await proxy.away()
    await until('the loss', () => engine.link.state === 'unreachable')
    for (let n = 2; n < 30; n += 1) await make(`v${n}`)
    await proxy.listen()
    await until('v29', () => all.names().includes('v29'))
    proxy.stall()
    await make('v30')
    await until('the silence', () => engine.link.state === 'unreachable')
    proxy.resume()
    await until('v30', () => all.names().includes('v30'))
    await until('the stream', () => engine.link.events === 'live')
    let spoilt = false
    proxy.garble((chunk) => {
      const at = chunk.indexOf('{"')
      if (at < 0 || !chunk.includes('"volume"') || spoilt) return chunk
      spoilt = true
      const copy = Buffer.from(chunk)
      copy.write('}}', at)
      return copy
    })
    await make('v31')
    await until('v31', () => all.names().includes('v31'))
    expect(spoilt).toBe(true)
    expect(all.names()).toEqual(wanted)
    expect(all.events.some((event) => event.gapBefore)).toBe(false)
  })

  it('say so when the daemon has forgotten some', async () => {
    const proxy = await ChaosProxy.start(join(lab.dir, 'gap.sock'), lab.socket)
    const { engine, events } = eventsAt(proxy.endpoint)
    onTestFinished(() => proxy.away())
    const all = watch(events, { filters: { type: ['volume'], event: ['create'] } })
    await until('the stream', () => engine.link.events === 'live')
    await volume('seen')
    await until('one', () => all.events.length === 1)
    await proxy.away()
    await until('the loss', () => engine.link.state === 'unreachable')
    for (let n = 0; n < 150; n += 1) await volume(`flood-${n}`)
    await proxy.listen()
    await until('the last', () => all.names().includes('flood-149'))
    expect(all.events.filter((event) => event.gapBefore)).toHaveLength(1)
    expect(all.events[1]?.gapBefore).toBe(true)
  })

  it('open one stream for any number of watchers', async () => {
    const { events } = eventsAt(lab.endpoint)
    const watches = [watch(events), watch(events), watch(events)]
    await volume('shared')
    await until('all of them', () => watches.every((one) => one.names().includes('shared')))
    expect((await lab.info())['NEventsListener']).toBe(1)
  })
})
