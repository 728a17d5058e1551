import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { LinkFailure } from '../../../../electron/services/engine/failure'
import { Link, type LinkWorld } from '../../../../electron/services/engine/link'

const failure = (reason: LinkFailure['reason']): LinkFailure => ({
  reason,
  message: `It is ${reason}.`,
  hint: 'Do something.',
  detail: {},
})

class World implements LinkWorld {
  answer: LinkFailure | undefined
  beatAnswer: LinkFailure | undefined
  attempts: number[] = []
  touch: (() => void) | undefined
  endpoint = () => ({ url: 'unix:///x', source: 'flag' as const })
  attempt = () => {
    this.attempts.push(Date.now())
    return Promise.resolve(this.answer)
  }
  beat = () => Promise.resolve(this.beatAnswer)
  watchSocket = (onChange: () => void) => {
    this.touch = onChange
    return () => (this.touch = undefined)
  }
  random = () => 1
}

let world: World
let link: Link
beforeEach(() => {
  vi.useFakeTimers({ now: 0 })
  world = new World()
  link = new Link(world)
})
afterEach(() => {
  link.dispose()
  vi.useRealTimers()
})

const start = async (): Promise<void> => {
  link.start()
  await link.settled()
}

describe('the link', () => {
  it('begins unknown and settles with the first attempt', async () => {
    expect(link.present).toMatchObject({ state: 'unknown', endpoint: 'unix:///x', events: 'waiting' })
    await start()
    expect(link.present.state).toBe('connected')
    link.start()
    expect(world.attempts).toHaveLength(1)
  })

  it('calls a permission denied and everything else unreachable', async () => {
    world.answer = failure('permission')
    await start()
    expect(link.present).toMatchObject({ state: 'denied', reason: 'permission' })
    world.answer = failure('refused')
    await vi.advanceTimersByTimeAsync(500)
    expect(link.present).toMatchObject({ state: 'unreachable', reason: 'refused' })
  })

  it('tries again after 0.5 s doubling to 10 s, and says when', async () => {
    world.answer = failure('refused')
    await start()
    expect(link.present.retryAt).toBe(new Date(500).toISOString())
    await vi.advanceTimersByTimeAsync(60_000)
    const pauses = world.attempts.slice(1).map((at, index) => at - (world.attempts[index] ?? 0))
    expect(pauses.slice(0, 7)).toEqual([500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000])
    expect(link.present.since).toBe(new Date(0).toISOString())
  })

  it('takes at most a fifth off for jitter', async () => {
    world.random = () => 0
    world.answer = failure('refused')
    await start()
    expect(link.present.retryAt).toBe(new Date(400).toISOString())
  })

  it('does not let the pause grow for a silent listener', async () => {
    world.answer = failure('silent')
    await start()
    await vi.advanceTimersByTimeAsync(5_000)
    expect(world.attempts).toHaveLength(11)
  })

  it('looks at once when the socket changes, and begins the pauses anew after a success', async () => {
    world.answer = failure('no-socket')
    await start()
    await vi.advanceTimersByTimeAsync(20_000)
    world.answer = undefined
    world.touch?.()
    await vi.advanceTimersByTimeAsync(0)
    expect(link.present.state).toBe('connected')
    expect(link.present.reason).toBeUndefined()
    expect(world.touch).toBeUndefined()
    world.answer = failure('no-socket')
    link.doubt()
    await vi.advanceTimersByTimeAsync(0)
    expect(Date.parse(link.present.retryAt ?? '') - Date.now()).toBe(500)
  })

  it('notices silence by the beat alone, and any other loss by looking again', async () => {
    await start()
    world.beatAnswer = failure('silent')
    await vi.advanceTimersByTimeAsync(5_000)
    expect(link.present.reason).toBe('silent')
    expect(world.attempts).toHaveLength(1)
    await vi.advanceTimersByTimeAsync(500)
    expect(link.present.state).toBe('connected')
    world.beatAnswer = failure('refused')
    await vi.advanceTimersByTimeAsync(5_000)
    expect(link.present.state).toBe('connected')
    expect(world.attempts).toHaveLength(3)
  })

  it('doubts itself when the event stream ends', async () => {
    await start()
    link.setEvents('live')
    expect(link.present.events).toBe('live')
    world.answer = failure('refused')
    link.setEvents('waiting')
    await vi.advanceTimersByTimeAsync(0)
    expect(link.present).toMatchObject({ state: 'unreachable', events: 'waiting' })
  })

  it('remembers a doubt that comes while it looks', async () => {
    link.start()
    world.answer = failure('refused')
    link.doubt()
    link.doubt()
    await vi.advanceTimersByTimeAsync(0)
    expect(world.attempts).toHaveLength(2)
  })

  it('is quiet once disposed of', async () => {
    const seen: string[] = []
    link.onChange((present) => seen.push(present.state))
    link.start()
    link.dispose()
    await link.settled()
    await vi.advanceTimersByTimeAsync(60_000)
    expect(seen).toEqual([])
    expect(vi.getTimerCount()).toBe(0)
  })
})
