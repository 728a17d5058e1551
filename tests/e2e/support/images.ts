import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
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

/** `shop:1` and `shop:2` on top of a base: dependencies, a token that is removed again, and what was built. */
export function buildShop(lab: Lab, base: string): void {
  const context = join(lab.dir, 'shop')
  const write = (name: string, size: number) => {
    mkdirSync(dirname(join(context, name)), { recursive: true })
    writeFileSync(join(context, name), Buffer.alloc(size, `${name}\n`))
  }
  const dependencies = { vue: 2_600_000, zod: 1_900_000, typescript: 9_200_000, esbuild: 4_100_000 }
  for (const [name, size] of Object.entries(dependencies)) {
    write(`cache/${name}/package.json`, 1_400)
    write(`cache/${name}/dist/index.js`, size)
    write(`cache/${name}/README.md`, 8_000)
  }
  write('tools/install', 0)
  writeFileSync(join(context, 'tools/install'), 'busybox cp -r /tmp/cache /app/node_modules\n')
  writeFileSync(join(context, 'package.json'), '{"name": "shop", "version": "2.0.0"}\n')
  writeFileSync(join(context, '.npmrc'), '//registry.example/:_authToken=none\n')
  write('dist/server.js', 412_000)
  write('dist/assets/app.js', 2_150_000)
  write('dist/assets/app.css', 96_000)
  const build = (tag: string, lines: readonly string[]) => {
    writeFileSync(join(context, 'Dockerfile'), `${lines.join('\n')}\n`)
    lab.docker('build', '--network', 'none', '--quiet', '--tag', tag, context)
  }
  const common = [
    `FROM ${base}`,
    'COPY package.json .npmrc /app/',
    'COPY tools /tools',
    'COPY cache /tmp/cache',
    'RUN sh /tools/install',
    'RUN busybox rm -r /tmp/cache /app/.npmrc',
    'ENV PORT=8080',
  ]
  build('shop:1', [...common, 'COPY dist/server.js /app/dist/', 'CMD ["sh"]'])
  write('dist/server.js', 498_000)
  build('shop:2', [...common, 'COPY dist /app/dist', 'EXPOSE 8080', 'CMD ["sh"]'])
}
