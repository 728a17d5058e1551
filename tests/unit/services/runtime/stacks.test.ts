import { describe, expect, it } from 'vitest'
import { groupStacks } from '../../../../electron/services/runtime/stacks'

const stack = (id: number, state: string, argument = '0xc000', line = 61) =>
  [
    `goroutine ${id} [${state}]:`,
    `sync.(*Mutex).Lock(${argument}, {0x1?, 0x2?})`,
    '\t/usr/lib/go/src/sync/mutex.go:90 +0x1f',
    `daemon.(*Daemon).containerStart(${argument})`,
    `\t/src/daemon/start.go:${line} +0x${id}`,
    `created by net/http.(*Server).Serve in goroutine ${id}`,
    '\t/usr/lib/go/src/net/http/server.go:3086 +0x4cb',
  ].join('\n')

describe('goroutines', () => {
  it('that stand at the same place are one group, the longest waiting first', () => {
    const { total, groups } = groupStacks(
      [
        stack(1, 'running'),
        stack(2, 'semacquire, 4 minutes', '0xc0001'),
        stack(3, 'semacquire, 41 minutes, locked to thread', '0xc0002'),
        stack(4, 'select', '0xc0003', 62),
        stack(5, 'select', '0xc0004', 62),
      ].join('\n\n'),
    )
    expect(total).toBe(5)
    expect(groups.map(({ count, state, minutes }) => ({ count, state, minutes }))).toEqual([
      { count: 2, state: 'semacquire', minutes: 41 },
      { count: 2, state: 'select', minutes: 0 },
      { count: 1, state: 'running', minutes: 0 },
    ])
    expect(groups[0]?.frames).toEqual([
      { call: 'sync.(*Mutex).Lock()', at: '/usr/lib/go/src/sync/mutex.go:90' },
      { call: 'daemon.(*Daemon).containerStart()', at: '/src/daemon/start.go:61' },
      { call: 'created by net/http.(*Server).Serve', at: '/usr/lib/go/src/net/http/server.go:3086' },
    ])
  })

  it('are read in the heads of newer Go too', () => {
    expect(
      groupStacks('goroutine 7 gp=0xc000 m=nil [chan receive, 2 minutes]:\na.b()\n\tc.go:1 +0x1').groups,
    ).toEqual([{ count: 1, state: 'chan receive', minutes: 2, frames: [{ call: 'a.b()', at: 'c.go:1' }] }])
  })

  it('are none in what is no dump', () => {
    expect(groupStacks('')).toEqual({ total: 0, groups: [] })
    expect(groupStacks('goroutine profile: total 5\n1 @ 0x1')).toEqual({ total: 0, groups: [] })
  })

  it('of a daemon with very many stay within an answer', () => {
    const many = Array.from({ length: 5_000 }, (_, index) => stack(index, 'select', '0x1', index)).join(
      '\n\n',
    )
    const { total, groups } = groupStacks(many)
    expect(total).toBe(5_000)
    expect(groups).toHaveLength(200)
    expect(JSON.stringify(groups).length).toBeLessThan(300_000)
  })
})
