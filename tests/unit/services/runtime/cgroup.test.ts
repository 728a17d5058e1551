import { describe, expect, it } from 'vitest'
import { parsePressure, readControlGroup } from '../../../../electron/services/runtime/cgroup'

const ID = '5c17a8616435b704aa78b6f374004be938fea7b40822f2534fbdc5d0952a907c'

const PRESSURE = `some avg10=1.50 avg60=0.75 avg300=0.10 total=39804
full avg10=0.25 avg60=0.00 avg300=0.00 total=24511
`

/** Recorded of a container on a kernel with both versions mounted (limits in 1, pressure in 2). */
const HYBRID: Record<string, string> = {
  '/proc/4002/cgroup': `9:name=systemd:/docker/${ID}
8:pids:/docker/${ID}
4:memory:/docker/${ID}
3:cpuset:/docker/${ID}
2:cpuacct:/docker/${ID}
1:cpu:/docker/${ID}
0::/docker/${ID}
`,
  '/proc/self/mountinfo': `30 22 0:27 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755
31 30 0:28 / /sys/fs/cgroup/cpu rw,relatime - cgroup cgroup rw,cpu
33 30 0:30 / /sys/fs/cgroup/cpuset rw,relatime - cgroup cgroup rw,cpuset
34 30 0:31 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory
38 30 0:35 / /sys/fs/cgroup/pids rw,relatime - cgroup cgroup rw,pids
39 30 0:36 / /sys/fs/cgroup/systemd rw,relatime - cgroup cgroup rw,name=systemd
40 30 0:37 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw
`,
  [`/sys/fs/cgroup/memory/docker/${ID}/memory.usage_in_bytes`]: '462848\n',
  [`/sys/fs/cgroup/memory/docker/${ID}/memory.limit_in_bytes`]: '67108864\n',
  [`/sys/fs/cgroup/memory/docker/${ID}/memory.soft_limit_in_bytes`]: '9223372036854771712\n',
  [`/sys/fs/cgroup/memory/docker/${ID}/memory.memsw.limit_in_bytes`]: '134217728\n',
  [`/sys/fs/cgroup/memory/docker/${ID}/memory.oom_control`]: 'oom_kill_disable 0\nunder_oom 0\noom_kill 2\n',
  [`/sys/fs/cgroup/cpu/docker/${ID}/cpu.cfs_quota_us`]: '50000\n',
  [`/sys/fs/cgroup/cpu/docker/${ID}/cpu.cfs_period_us`]: '100000\n',
  [`/sys/fs/cgroup/cpu/docker/${ID}/cpu.shares`]: '1024\n',
  [`/sys/fs/cgroup/cpu/docker/${ID}/cpu.stat`]: 'nr_periods 6\nnr_throttled 1\nthrottled_time 900\n',
  [`/sys/fs/cgroup/cpuset/docker/${ID}/cpuset.cpus`]: '0-1\n',
  [`/sys/fs/cgroup/pids/docker/${ID}/pids.current`]: '2\n',
  [`/sys/fs/cgroup/pids/docker/${ID}/pids.max`]: '50\n',
  [`/sys/fs/cgroup/unified/docker/${ID}/memory.pressure`]: PRESSURE,
}

const SCOPE = `/system.slice/docker-${ID}.scope`
/** The same container under systemd with version 2 alone, in the form the kernel's cgroup-v2 page gives. */
const UNIFIED: Record<string, string> = {
  '/proc/4002/cgroup': `0::${SCOPE}\n`,
  '/proc/self/mountinfo':
    '29 23 0:26 / /sys/fs/cgroup rw,nosuid,nodev,noexec,relatime shared:4 - cgroup2 cgroup2 rw,nsdelegate\n',
  [`/sys/fs/cgroup${SCOPE}/memory.current`]: '462848\n',
  [`/sys/fs/cgroup${SCOPE}/memory.max`]: '67108864\n',
  [`/sys/fs/cgroup${SCOPE}/memory.low`]: '0\n',
  [`/sys/fs/cgroup${SCOPE}/memory.swap.max`]: 'max\n',
  [`/sys/fs/cgroup${SCOPE}/memory.events`]: 'low 0\nhigh 0\nmax 12\noom 3\noom_kill 2\noom_group_kill 0\n',
  [`/sys/fs/cgroup${SCOPE}/cpu.max`]: '50000 100000\n',
  [`/sys/fs/cgroup${SCOPE}/cpu.weight`]: '100\n',
  [`/sys/fs/cgroup${SCOPE}/cpu.stat`]: 'usage_usec 5100\nnr_periods 6\nnr_throttled 1\nthrottled_usec 900\n',
  [`/sys/fs/cgroup${SCOPE}/cpuset.cpus`]: '\n',
  [`/sys/fs/cgroup${SCOPE}/pids.current`]: '2\n',
  [`/sys/fs/cgroup${SCOPE}/pids.max`]: 'max\n',
  [`/sys/fs/cgroup${SCOPE}/cpu.pressure`]: PRESSURE,
}

const read = (files: Record<string, string>) => readControlGroup(4002, (path) => files[path])

describe('a control group', () => {
  it('of version 1 has its limits there and its pressure in version 2 beside it', () => {
    expect(read(HYBRID)).toEqual({
      version: 1,
      path: `/docker/${ID}`,
      memory: { usedBytes: 462848, limitBytes: 67108864, swapLimitBytes: 134217728, oomKills: 2 },
      cpu: { cpus: 0.5, weight: 1024, cpuset: '0-1', periods: 6, throttledPeriods: 1 },
      pids: { current: 2, limit: 50 },
      pressure: {
        memory: {
          some: { avg10: 1.5, avg60: 0.75, avg300: 0.1 },
          full: { avg10: 0.25, avg60: 0, avg300: 0 },
        },
      },
    })
  })

  it('of version 2 reads "max" and 0 as no limit', () => {
    expect(read(UNIFIED)).toEqual({
      version: 2,
      path: SCOPE,
      memory: { usedBytes: 462848, limitBytes: 67108864, oomKills: 2 },
      cpu: { cpus: 0.5, weight: 100, periods: 6, throttledPeriods: 1 },
      pids: { current: 2 },
      pressure: {
        cpu: expect.objectContaining({ some: { avg10: 1.5, avg60: 0.75, avg300: 0.1 } }) as object,
      },
    })
  })

  it('without a quota has no CPUs to tell', () => {
    expect(read({ ...UNIFIED, [`/sys/fs/cgroup${SCOPE}/cpu.max`]: 'max 100000\n' })?.cpu.cpus).toBeUndefined()
    const v1 = { ...HYBRID, [`/sys/fs/cgroup/cpu/docker/${ID}/cpu.cfs_quota_us`]: '-1\n' }
    expect(read(v1)?.cpu.cpus).toBeUndefined()
  })

  it('is found below a mount that shows a part of the hierarchy, and not outside of it', () => {
    const mounted = (root: string) =>
      UNIFIED['/proc/self/mountinfo']?.replace(' / /sys', ` ${root} /sys`) ?? ''
    const below = {
      '/proc/4002/cgroup': '0::/machine/box\n',
      '/proc/self/mountinfo': mounted('/machine'),
      '/sys/fs/cgroup/box/pids.current': '4\n',
    }
    expect(read(below)?.pids.current).toBe(4)
    expect(read({ ...below, '/proc/self/mountinfo': mounted('/mach') })).toBeUndefined()
    expect(read({ ...below, '/proc/4002/cgroup': '0::/../../etc\n' })).toBeUndefined()
  })

  it('of a process that is gone is not there', () => {
    expect(read({})).toBeUndefined()
  })
})

describe('pressure', () => {
  it('may be without "full", as that of CPUs is on older kernels', () => {
    expect(parsePressure('some avg10=0.00 avg60=0.00 avg300=0.00 total=0\n')).toEqual({
      some: { avg10: 0, avg60: 0, avg300: 0 },
    })
  })

  it.each([undefined, '', 'Operation not supported', 'some avg10=x'])('%j is none', (text) => {
    expect(parsePressure(text)).toBeUndefined()
  })
})
