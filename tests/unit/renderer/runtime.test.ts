import { describe, expect, it } from 'vitest'
import { helpFacts } from '../../../renderer/src/features/runtime/help-facts'
import type { ControlGroup, ProcessRow, RuntimeList } from '../../../renderer/src/features/runtime/runtime'
import { scales, share, throttled } from '../../../renderer/src/features/runtime/usage'

const row = (more: Partial<ProcessRow>): ProcessRow => ({
  pid: 1,
  ppid: 0,
  depth: 0,
  role: 'process',
  name: 'x',
  command: 'x',
  startedAt: '2026-01-01T00:00:00Z',
  cpuPercent: 0,
  rssBytes: 0,
  uid: 0,
  ...more,
})

const group = (cpu: ControlGroup['cpu']): ControlGroup => ({
  version: 2,
  path: '/docker/c',
  memory: {},
  cpu,
  pids: {},
})

describe('bars', () => {
  it('stay within their scale, and are not drawn without one', () => {
    expect(share(5, 10)).toBe(0.5)
    expect(share(50, 10)).toBe(1)
    expect(share(5, undefined)).toBeUndefined()
    expect(share(5, 0)).toBeUndefined()
    expect(share(undefined, 10)).toBeUndefined()
  })

  it('of the tree are as long as one CPU or the busiest, and as the largest process', () => {
    expect(scales([])).toEqual({ cpuPercent: 100, bytes: 1 })
    expect(scales([row({ cpuPercent: 3, rssBytes: 9 })])).toEqual({ cpuPercent: 100, bytes: 9 })
    expect(scales([row({ cpuPercent: 250 }), row({})]).cpuPercent).toBe(250)
  })

  it('tell of waiting only where there is a quota', () => {
    expect(throttled(group({ cpus: 1, periods: 10, throttledPeriods: 4 }))).toBe(0.4)
    expect(throttled(group({ cpus: 1, periods: 0, throttledPeriods: 0 }))).toBeUndefined()
    expect(throttled(group({ periods: 10, throttledPeriods: 4 }))).toBeUndefined()
  })
})

describe('the explanation', () => {
  const none = 'none now'
  const words = (key: string) => (key === 'runtime.help.none' ? none : key)

  it('takes a container that runs for its example', () => {
    const list = {
      defaultRuntime: 'runc',
      containers: [
        { id: 'a', name: 'asleep', runtime: 'crun' },
        { id: 'b', name: 'web', runtime: 'runc', pid: 21, shimPid: 20, bundle: '/run/b' },
      ],
      containerd: { address: '/run/c.sock', managed: true, namespaces: { containers: 'moby', plugins: 'p' } },
    } as unknown as RuntimeList
    expect(helpFacts(list, [row({ pid: 21, role: 'init', command: 'nginx' })], words)).toMatchObject({
      container: 'web',
      exampleShim: '20',
      exampleInit: '21',
      exampleCommand: 'nginx',
      bundle: '/run/b',
      relation: 'runtime.containerd.managed',
      cgroup: none,
    })
  })

  it('says that there is none before anything is known', () => {
    expect(new Set(Object.values(helpFacts(undefined, [], words)))).toEqual(new Set([none]))
  })
})
