import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Lab } from '../../support/lab'

/** What an attacker would call a file. */
export const HOSTILE = '<img src=x onerror=alert(1)>'

const RUN = 'RUN ["/bin/busybox", "sh", "-c",'
const FIRST = `FROM base:1
COPY app /app
COPY id_rsa /root/.ssh/id_rsa
${RUN} "busybox dd if=/dev/zero of=/big.bin bs=1024 count=3000 2>/dev/null"]
${RUN} "busybox rm /root/.ssh/id_rsa /big.bin"]
ENV PORT=8080
CMD ["/bin/sh"]
`
const SECOND = `FROM web:1
COPY app.conf /app/app.conf
${RUN} "busybox rm /app/old"]
ENV PORT=9090
`

/**
 * `web:1`, which removes a key and three megabytes that lower layers keep; `web:2` on top of it; and
 * a container `web` of the first that has changed something.
 */
export function buildWeb(lab: Lab): void {
  lab.importBusybox('base:1')
  const context = join(lab.dir, 'context')
  mkdirSync(join(context, 'app'), { recursive: true })
  const write = (name: string, text: string) => writeFileSync(join(context, name), text)
  write('app/app.conf', '{"port": 8080}\n')
  write('app/old', 'o'.repeat(2_000))
  write(`app/${HOSTILE}`, 'x')
  write('app.conf', '{"port": 9090, "more": true}\n')
  // A key that opens nothing.
  write('id_rsa', '-----BEGIN OPENSSH PRIVATE KEY-----\nbm90IGEga2V5\n-----END OPENSSH PRIVATE KEY-----\n')
  for (const [tag, dockerfile] of [
    ['web:1', FIRST],
    ['web:2', SECOND],
  ] as const) {
    write('Dockerfile', dockerfile)
    lab.docker('build', '--network', 'none', '--quiet', '--tag', tag, context)
  }
  const changes = 'echo changed > /app/app.conf; echo new > /new.txt; busybox rm /app/old; sleep 600'
  lab.docker(
    ...['run', '--detach', '--network', 'none', '--name', 'web'],
    ...['web:1', '/bin/busybox', 'sh', '-c', changes.replaceAll('busybox', '/bin/busybox')],
  )
}
