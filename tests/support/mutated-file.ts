import type { ConfigOption } from '../../electron/services/config/options'
import type { Random } from './random'

/** Values of every kind; some fit some keys, most do not. Paths are of the test's own folder. */
const VALUES: readonly unknown[] = [
  ...[true, false, null, 0, 1, -1, 1400, 1.5, 99_999, '', 'x', 'none', '10m', '64M', '-1', '1.2.3.4', '::1'],
  ...['10.0.0.0/8', 'https://m.example', 'a=1', 'debug', 'private', 'host', 'json', 'default', 'x y'],
  ...[
    [],
    [''],
    ['x'],
    ['a=1'],
    ['a=1', 'a=2'],
    ['1.2.3.4'],
    ['https://m.example/p'],
    ['10.0.0.0/99'],
    [1],
    [null],
  ],
  ...[{}, { x: 1 }, { x: 'y' }, { x: true }, { x: {} }, { x: null }, { x: { path: '/bin/true' } }],
  ...[{ 'max-size': '10m', 'max-file': '3' }, { mode: 'non-blocking' }, { bogus: '1' }],
  ...[{ nofile: { Name: 'nofile', Hard: 2, Soft: 1 } }, { gc: { enabled: true, defaultKeepStorage: '1GB' } }],
  ...[
    { gc: { defaultKeepStorage: 'ten' } },
    [{ base: '10.0.0.0/16', size: 24 }],
    [{ base: '10.0.0.0/16', size: 8 }],
  ],
]

/** Keys whose other values would write outside of the test's folder or need what the machine has not. */
const KEPT_VALID = new Set([
  ...['data-root', 'exec-root', 'pidfile', 'graph', 'containerd', 'userns-remap', 'authorization-plugins'],
  ...[
    'cluster-store',
    'cluster-advertise',
    'tls',
    'tlsverify',
    'selinux-enabled',
    'rootless',
    'storage-driver',
  ],
])

/** A valid file of a few keys with the value of one of them, taken in turn, exchanged for another. */
export function mutatedFile(options: readonly ConfigOption[], turn: number, random: Random): string {
  const changed = options[turn % options.length]
  const others = Array.from({ length: random.int(3) }, () => random.pick(options)).filter(
    ({ key, example }) =>
      key !== changed?.key && example !== undefined && !KEPT_VALID.has(key) && key !== 'hosts',
  )
  const file = new Map(others.map(({ key, example }) => [key, example]))
  if (changed !== undefined && !KEPT_VALID.has(changed.key))
    file.set(random.chance(0.05) ? `${changed.key}s` : changed.key, random.pick(VALUES))
  return JSON.stringify(Object.fromEntries(file))
}
