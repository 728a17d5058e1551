import type { InputOf, OutputOf } from '../../electron/contract/contract'
import { changesBetween, needsOf } from '../../electron/services/config/changes'
import { describeOptions } from '../../electron/services/config/describe'
import { editDocument } from '../../electron/services/config/edit'
import { checkStatic } from '../../electron/services/config/static'

/**
 * The FAKE core's answers about daemon.json: the real catalogue, the real static check and the real
 * edit over an invented file, engine and containers.
 */
const VERSION = '28.5.2'
const FLAGS = [
  { flag: '-H', key: 'hosts', value: 'fd://' },
  { flag: '--containerd', key: 'containerd', value: '/run/containerd/containerd.sock' },
]
const STOPS = ['harbour-web-1', 'harbour-worker-1', 'harbour-worker-2', 'import', 'mail', 'metrics', 'proxy']
const KEEPS = ['cache', 'postgres', 'search']

/** A file with something of everything that people come for. */
export const RICH_FILE = `{
  "log-driver": "local",
  "log-opts": {
    "max-size": "20m",
    "max-file": "5"
  },
  "max-concurrent-downloads": 7,
  "registry-mirrors": ["https://mirror.example"],
  "default-address-pools": [
    { "base": "172.30.0.0/16", "size": 24 }
  ],
  "proxies": {
    "https-proxy": "http://mara:harbour@proxy.example:3128"
  },
  "runtimes": {
    "crun": { "path": "/usr/bin/crun" }
  },
  "builder": {
    "gc": { "enabled": true, "defaultReservedSpace": "20GB" }
  },
  "debug": false
}
`

/** What every option is, of an engine that is not there. */
export function fakeOptions({ language, version }: InputOf<'config.options'>) {
  return describeOptions(version ?? VERSION, language ?? 'en')
}

/** A text checked against the file it would replace. */
export function fakeCheck(before: string, text: string): OutputOf<'config.check'> {
  const { document, problems } = checkStatic(text, { version: VERSION, flags: FLAGS })
  const changes = document.members === undefined ? [] : changesBetween(before, document, VERSION)
  return {
    ok: problems.every(({ severity }) => severity !== 'error'),
    problems,
    changes,
    validated: true,
    needs: needsOf(changes),
    impact: { stops: STOPS, keeps: KEEPS },
  }
}

/** A text with keys set and removed. */
export function fakeEdit({ text, set = {}, unset = [] }: InputOf<'config.edit'>): { text: string } {
  return { text: editDocument(text, new Map(Object.entries(set)), unset) }
}

/** What runs: the file's values, but for one that waits for a reload; and what the flags set. */
export function fakeEffective(
  inFile: Readonly<Record<string, unknown>>,
  debug: boolean,
  drifting: readonly string[],
): OutputOf<'config.read'>['effective'] {
  const always: Record<string, unknown> = {
    debug: false,
    'log-level': 'info',
    'log-format': 'text',
    'raw-logs': false,
    'log-driver': 'json-file',
    'max-concurrent-downloads': 3,
    'registry-mirrors': [],
  }
  const own = [...new Set([...Object.keys(always), ...Object.keys(inFile)])].map((key) => ({
    key,
    value: key === 'debug' ? debug : drifting.includes(key) ? always[key] : (inFile[key] ?? always[key]),
    source: drifting.includes(key)
      ? ('engine' as const)
      : key in inFile
        ? ('file' as const)
        : ('default' as const),
    ...(key in inFile ? { inFile: inFile[key] } : {}),
    ...(drifting.includes(key) ? { drift: true, why: 'needs-reload' as const } : {}),
  }))
  return [
    ...own,
    { key: 'hosts', value: ['fd://'], source: 'flag', from: { flag: '-H fd://' } },
    {
      key: 'containerd',
      value: '/run/containerd/containerd.sock',
      source: 'drop-in',
      from: {
        flag: '--containerd=/run/containerd/containerd.sock',
        path: '/etc/systemd/system/docker.service.d/10-local.conf',
      },
    },
  ]
}

export const fakeFlags = FLAGS
