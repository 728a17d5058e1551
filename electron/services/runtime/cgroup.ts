import type { ControlGroup, PressureOf } from '.'
import { readText } from '../engine'

/** Reads a small file; undefined when it is not there or may not be read. */
export type ReadFile = (path: string) => string | undefined

/** A mounted hierarchy: of version 2, or of version 1 with its controllers. */
interface Hierarchy {
  controllers: readonly string[] | 'v2'
  mountPoint: string
  /** Group that is visible at the mount point; not `/` inside a container. */
  root: string
}

/** Larger than any memory: what version 1 writes for "no limit" (the largest multiple of a page). */
const NO_LIMIT = 2 ** 60

/**
 * The control group of a process with its limits and pressure, from the kernel's own files, which
 * any user may read. Knows version 1, version 2, and both beside each other. Undefined when the
 * process is gone or its group cannot be seen from here.
 */
export function readControlGroup(pid: number, read: ReadFile = readText): ControlGroup | undefined {
  const membership = parseMembership(read(`/proc/${pid}/cgroup`) ?? '')
  const hierarchies = parseHierarchies(read('/proc/self/mountinfo') ?? '')
  const unified = folderOf('v2', membership, hierarchies)
  const v1 = membership.get('memory') ?? membership.get('cpu')
  const pressure = unified === undefined ? undefined : readPressure(unified, read)
  const more = pressure ? { pressure } : {}
  if (v1 === undefined) {
    const path = membership.get('v2')
    return path === undefined || unified === undefined
      ? undefined
      : { version: 2, path, ...readVersion2(unified, read), ...more }
  }
  const folder = (controller: string): string | undefined => folderOf(controller, membership, hierarchies)
  return { version: 1, path: v1, ...readVersion1(folder, read), ...more }
}

type Limits = Pick<ControlGroup, 'memory' | 'cpu' | 'pids'>

function readVersion2(folder: string, read: ReadFile): Limits {
  const text = (name: string): string | undefined => read(`${folder}/${name}`)?.trim()
  const number = (name: string): number | undefined => toNumber(text(name))
  const [quota, period] = (text('cpu.max') ?? '').split(' ').map(toNumber)
  return {
    memory: defined({
      usedBytes: number('memory.current'),
      limitBytes: number('memory.max'),
      // Docker writes a reservation there; 0 is the kernel's "none".
      reservationBytes: number('memory.low') || undefined,
      swapLimitBytes: number('memory.swap.max'),
      oomKills: keyed(text('memory.events'), 'oom_kill'),
    }),
    cpu: defined({
      cpus: quota !== undefined && period ? quota / period : undefined,
      weight: number('cpu.weight'),
      cpuset: text('cpuset.cpus') || undefined,
      periods: keyed(text('cpu.stat'), 'nr_periods'),
      throttledPeriods: keyed(text('cpu.stat'), 'nr_throttled'),
    }),
    pids: defined({ current: number('pids.current'), limit: number('pids.max') }),
  }
}

function readVersion1(folder: (controller: string) => string | undefined, read: ReadFile): Limits {
  const text = (controller: string, name: string): string | undefined => {
    const at = folder(controller)
    return at === undefined ? undefined : read(`${at}/${controller}.${name}`)?.trim()
  }
  const number = (controller: string, name: string): number | undefined => toNumber(text(controller, name))
  const bytes = (name: string): number | undefined => {
    const value = number('memory', name)
    return value !== undefined && value < NO_LIMIT ? value : undefined
  }
  const quota = number('cpu', 'cfs_quota_us')
  const period = number('cpu', 'cfs_period_us')
  return {
    memory: defined({
      usedBytes: number('memory', 'usage_in_bytes'),
      limitBytes: bytes('limit_in_bytes'),
      reservationBytes: bytes('soft_limit_in_bytes'),
      swapLimitBytes: bytes('memsw.limit_in_bytes'),
      oomKills: keyed(text('memory', 'oom_control'), 'oom_kill'),
    }),
    cpu: defined({
      cpus: quota !== undefined && quota > 0 && period ? quota / period : undefined,
      weight: number('cpu', 'shares'),
      cpuset: text('cpuset', 'cpus') || undefined,
      periods: keyed(text('cpu', 'stat'), 'nr_periods'),
      throttledPeriods: keyed(text('cpu', 'stat'), 'nr_throttled'),
    }),
    pids: defined({ current: number('pids', 'current'), limit: number('pids', 'max') }),
  }
}

function readPressure(folder: string, read: ReadFile): ControlGroup['pressure'] {
  const [cpu, memory, io] = (['cpu', 'memory', 'io'] as const).map((what) =>
    parsePressure(read(`${folder}/${what}.pressure`)),
  )
  return cpu || memory || io ? defined({ cpu, memory, io }) : undefined
}

/** `some avg10=0.00 avg60=0.00 avg300=0.00 total=0`, and the same for `full`. */
export function parsePressure(text: string | undefined): PressureOf | undefined {
  const line = (word: string): PressureOf['some'] | undefined => {
    const match = new RegExp(`^${word} avg10=([\\d.]+) avg60=([\\d.]+) avg300=([\\d.]+)`, 'm').exec(
      text ?? '',
    )
    return match ? { avg10: Number(match[1]), avg60: Number(match[2]), avg300: Number(match[3]) } : undefined
  }
  const some = line('some')
  const full = line('full')
  return some ? { some, ...(full ? { full } : {}) } : undefined
}

/** Group of a process by controller, and by `v2`: lines `ID:CONTROLLER,…:PATH` of /proc/PID/cgroup. */
function parseMembership(text: string): Map<string, string> {
  const groups = new Map<string, string>()
  for (const line of text.split('\n')) {
    const match = /^\d+:([^:]*):(\/.*)$/.exec(line)
    if (!match) continue
    const [, names = '', path = ''] = match
    for (const name of names === '' ? ['v2'] : names.split(',')) groups.set(name, path)
  }
  return groups
}

function parseHierarchies(mountinfo: string): Hierarchy[] {
  return mountinfo.split('\n').flatMap((line): Hierarchy[] => {
    const [mount = '', kind = ''] = line.split(' - ')
    const [, , , root = '/', mountPoint = ''] = mount.split(' ')
    const [type, , options = ''] = kind.split(' ')
    if (type === 'cgroup2') return [{ controllers: 'v2', mountPoint, root }]
    return type === 'cgroup' ? [{ controllers: options.split(','), mountPoint, root }] : []
  })
}

/** Folder of the files of a group, or undefined where the hierarchy or the group is out of sight. */
function folderOf(
  controller: string,
  membership: ReadonlyMap<string, string>,
  hierarchies: readonly Hierarchy[],
): string | undefined {
  const path = membership.get(controller)
  const hierarchy = hierarchies.find(({ controllers }) =>
    controller === 'v2' ? controllers === 'v2' : controllers !== 'v2' && controllers.includes(controller),
  )
  // From inside a cgroup namespace, groups beside it are told as `/../…`.
  if (path === undefined || hierarchy === undefined || path.includes('/..')) return undefined
  const { mountPoint, root } = hierarchy
  if (root === '/') return `${mountPoint}${path === '/' ? '' : path}`
  return path === root || path.startsWith(`${root}/`) ? `${mountPoint}${path.slice(root.length)}` : undefined
}

/** A number the kernel wrote; `max` and `-1` say that there is none. */
function toNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined
}

/** Value of a line `KEY VALUE`. */
function keyed(text: string | undefined, key: string): number | undefined {
  return toNumber(new RegExp(`^${key} (\\d+)$`, 'm').exec(text ?? '')?.[1])
}

type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> }

function defined<T extends object>(values: T): Defined<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Defined<T>
}
