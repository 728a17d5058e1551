import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { imageArchive } from './image-archive'
import type { Lab } from './lab'
import { buildWithBuildKit } from './storage-lab'
import { pax, tar } from './tar'

/** Names of what {@link seedImages} makes. */
export const SEEDED = [
  'busybox:lab',
  'odd:1',
  'odd:2',
  'built:1',
  'opaque:1',
  'links:1',
  'devices:1',
  'rights:1',
  'sparse:1',
  'names:1',
  'renamed:1',
  'refilled:1',
  'nothing:1',
  'kit:1',
  'loaded:1',
] as const

/**
 * Images of all that a layer may hold: made by import, load, both builders and commit, with removals, folders that
 * hide what was in them, one that is filled again, links, devices, capabilities, holes, long names and names that are
 * no UTF-8, what is renamed over others, and a layer with nothing.
 */
export async function seedImages(lab: Lab): Promise<void> {
  lab.importBusybox('busybox:lab')
  const root = join(lab.dir, 'rootfs')
  execFileSync('sh', ['-euc', ODD, 'sh', root, lab.endpoint])
  const build = (tag: string, dockerfile: string): void => {
    const context = join(lab.dir, tag.replace(':', '-'))
    mkdirSync(context)
    writeFileSync(join(context, 'note'), 'n'.repeat(5_000))
    writeFileSync(join(context, 'Dockerfile'), dockerfile)
    lab.docker('build', '--network', 'none', '-q', '-t', tag, context)
  }
  build('built:1', DOCKERFILE)
  lab.docker('run', '--network', 'none', '--name', 'changed', 'built:1', '/bin/busybox', 'sh', '-c', CHANGES)
  lab.docker('commit', 'changed', 'odd:2')
  lab.docker('rm', 'changed')
  for (const [tag, steps] of Object.entries(STEPS)) build(tag, dockerfile(steps))
  execFileSync('docker', ['-H', lab.endpoint, 'import', '-', 'rights:1'], { input: rights(), stdio: 'pipe' })
  const archive = imageArchive('old', [LOWER, UPPER], { tags: ['loaded:1'] })
  execFileSync('docker', ['-H', lab.endpoint, 'load'], { input: archive, stdio: 'pipe' })
  await buildWithBuildKit(lab, 'kit:1', {
    note: 'n'.repeat(3_000),
    Dockerfile: `${dockerfile(STEPS['opaque:1'] ?? [])}COPY note /odd/full/note\nRUN ["/bin/busybox", "true"]\n`,
  })
}

const ODD = `
cd "$1"
for a in chmod chown dd ln mkdir mkfifo mknod mv printf rm rmdir seq truncate; do ln -s busybox bin/$a; done
mkdir -p odd/empty odd/full "odd/back\\\\slash" var/cache
long=$(printf 'n%.0s' $(seq 1 200))
mkdir -p "odd/$long/$long"
echo deep > "odd/$long/$long/$long"
echo latin > "odd/$(printf 'caf\\351')"
echo utf > "odd/Grüße – 日本"
printf '%5000s' x > odd/full/a
ln odd/full/a odd/full/hard
ln -s full/a odd/link
ln -s "$long/$long/$long" odd/longlink
mknod odd/null c 1 3
mknod odd/disk b 7 0
mkfifo odd/pipe
truncate -s 3M odd/sparse
chmod 4755 odd/full/a
chmod 1777 var/cache
chown 3000000:70000 odd/full/hard
touch -d '2001-02-03 04:05:06.789' odd/sparse
tar --format=pax -c . | docker -H "$2" import - odd:1 >/dev/null
`

/** Layers as other programs write them: names in no order, links before what they lead to, a folder's mark after it. */
const LOWER = tar(
  { name: 'z/', flag: '5', mode: 0o755, mtime: 1_600_000_000 },
  { name: 'z/b', body: Buffer.from('b'), mtime: 1_600_000_001 },
  { name: 'z/a', flag: '1', link: 'z/b', mtime: 1_600_000_001 },
  { name: 'z/deep/', flag: '5', mode: 0o750 },
  { name: 'z/deep/c', flag: '1', link: 'z/a', mtime: 1_600_000_001 },
  { name: 'a/', flag: '5', mode: 0o755 },
  { name: 'a/link', flag: '2', link: '../z', mode: 0o600 },
)
const UPPER = tar(
  { name: 'z/', flag: '5', mode: 0o700, mtime: 1_600_000_002 },
  { name: 'z/.wh..wh..opq' },
  { name: 'z/b', body: Buffer.from('new'), mtime: 1_600_000_003 },
  { name: 'a/', flag: '5', mode: 0o755 },
  { name: 'a/.wh.link' },
)

const DOCKERFILE = `FROM odd:1
RUN ["/bin/busybox", "rm", "-r", "/odd/empty"]
RUN ["/bin/busybox", "sh", "-c", "rm -r /odd/full && /bin/busybox mkdir /odd/full && echo b > /odd/full/b"]
ENV A=1
COPY note /odd/note
RUN ["/bin/busybox", "chmod", "600", "/odd/note"]
RUN ["/bin/busybox", "true"]
RUN ["/bin/busybox", "mv", "/odd/note", "/odd/moved"]
LABEL l=2
`

const CHANGES = `cd /odd; busybox() { /bin/busybox "$@"; }
echo more >> moved; busybox rm link; busybox mkdir link; echo in > link/in; busybox mv full renamed`

/** What is run on top of odd:1, a layer each. */
const STEPS: Readonly<Record<string, readonly string[]>> = {
  'opaque:1': [
    'rm -r /odd/full && mkdir /odd/full && echo new > /odd/full/new',
    'mkdir -p /d/e/f && echo 1 > /d/e/f/1 && echo 2 > /d/2',
    'rm -r /d && mkdir -p /d/e && echo 3 > /d/e/3',
    'rm -r /d/e && mkdir /d/e && chmod 700 /d/e',
  ],
  'links:1': [
    'mkdir /l && cd /l && echo 1 > m && ln m z && ln m a && mkdir s && ln m s/deep && ln -s m soft',
    'cd /l && echo 2 >> m && ln z b',
    'cd /l && rm a && ln -s nowhere a && rm soft && ln m soft && rm -r s && ln -s / s',
    'ln /odd/null /l/null && ln /odd/pipe /l/pipe',
  ],
  'devices:1': [
    'cd /odd && rm null && mknod null c 1 5 && mknod other b 8 1 && mkfifo more',
    'cd /odd && rm -r disk pipe && mkdir disk && mknod pipe c 1 3',
    'cd /odd && rm -r disk && mkfifo disk',
  ],
  'sparse:1': [
    'dd if=/dev/zero of=/odd/holes bs=1 count=1 seek=50000000',
    'truncate -s 80M /odd/holes && echo end >> /odd/holes',
    'truncate -s 5 /odd/sparse',
  ],
  'names:1': [
    `mkdir -p "/n/$(printf 'caf\\351')/$(printf '\\377')" && echo x > "/n/$(printf 'caf\\351')/$(printf 'a\\nb')"`,
    `touch "/n/$(printf 'caf\\351')/back\\\\slash" "/n/-dash" "/n/ blank " "/n/$(printf 'tab\\t')"`,
    `cd /n && n=$(printf 'l%.0s' $(seq 250)) && mkdir -p $n/$n/$n && touch $n/$n/$n/$n && ln -s $n/$n/$n/$n long`,
    `rm -r "/n/$(printf 'caf\\351')/$(printf '\\377')" "/n/-dash"`,
  ],
  'renamed:1': [
    'cd /odd && echo over > over && mv over full/a && mv link renamed',
    'cd /odd && mv full moved && mkdir full && mv moved/hard full/a',
    'cd /odd && mv full empty/in && rm -r moved && touch moved && chown 5:6 moved && chmod 2750 empty',
  ],
  'refilled:1': [
    'rm /odd/full/* && echo again > /odd/full/a',
    'rm -r /odd/full/* /odd/empty',
    'mkdir /odd/empty && echo more > /odd/full/c && echo in > /odd/empty/in',
  ],
  'nothing:1': ['true', 'true', 'mkdir /x && rmdir /x'],
}

function dockerfile(steps: readonly string[]): string {
  const runs = steps.map((step) => `RUN ${JSON.stringify(['/bin/sh', '-euc', step])}`)
  return ['FROM odd:1', 'COPY note /', ...runs, ''].join('\n')
}

/** Files with capabilities and other attributes, and with owners and times that need more than octal digits. */
function rights(): Buffer {
  const capability = Buffer.from('0100000200200000000000000000000000000000', 'hex')
  return tar(
    { name: './', flag: '5', mode: 0o711 },
    { name: 'usr/', flag: '5', mode: 0o755, mtime: 1_000_000_000 },
    pax({ 'SCHILY.xattr.security.capability': capability, mtime: '1500000000.5' }),
    { name: 'usr/ping', mode: 0o755, mtime: 1_500_000_000, body: Buffer.from('#!') },
    pax({ uid: '4000000', gid: '4000001', 'SCHILY.xattr.user.note': 'x' }),
    { name: 'usr/owned', mode: 0o6755, body: Buffer.from('owned') },
    { name: 'usr/old', mode: 0o644, mtime: 1, body: Buffer.from('old') },
  )
}
