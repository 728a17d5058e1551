import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Lab } from './lab'

/** Names of what {@link seedImages} makes. */
export const SEEDED = ['odd:1', 'built:1', 'odd:2', 'busybox:lab'] as const

/**
 * Images of all that a layer may hold: made by import, build and commit, with removals, an emptied folder that is filled
 * again, links, devices, long names and names that are no UTF-8, and a layer with nothing.
 */
export function seedImages(lab: Lab): void {
  lab.importBusybox('busybox:lab')
  const root = join(lab.dir, 'rootfs')
  execFileSync('sh', ['-euc', ODD, 'sh', root, lab.endpoint])
  const context = join(lab.dir, 'build')
  mkdirSync(context)
  writeFileSync(join(context, 'note'), 'n'.repeat(5_000))
  writeFileSync(join(context, 'Dockerfile'), DOCKERFILE)
  lab.docker('build', '--network', 'none', '-q', '-t', 'built:1', context)
  lab.docker('run', '--network', 'none', '--name', 'changed', 'built:1', '/bin/busybox', 'sh', '-c', CHANGES)
  lab.docker('commit', 'changed', 'odd:2')
  lab.docker('rm', 'changed')
}

const ODD = `
cd "$1"
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
