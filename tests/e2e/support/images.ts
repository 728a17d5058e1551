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
  const write = (name: string, content: string | Buffer, mode = 0o644) => {
    mkdirSync(dirname(join(context, name)), { recursive: true })
    writeFileSync(join(context, name), content, { mode })
  }
  const dependencies = { vue: 2_600_000, zod: 1_900_000, typescript: 9_200_000, esbuild: 4_100_000 }
  for (const [name, size] of Object.entries(dependencies)) {
    write(`src/cache/${name}/package.json`, `{"name": "${name}"}\n`)
    write(`src/cache/${name}/dist/index.js`, Buffer.alloc(size, `${name} `))
    write(`src/cache/${name}/README.md`, Buffer.alloc(8_000, `${name} `))
  }
  write('src/package.json', '{"name": "shop", "version": "2.0.0"}\n')
  write('src/.npmrc', '//registry.example/:_authToken=none\n')
  const tool = (name: string, ...lines: string[]) =>
    write(`tools/${name}`, ['#!/bin/sh', 'set -e', ...lines, ''].join('\n'), 0o755)
  tool('install-dependencies', 'busybox mkdir -p /app', 'busybox cp -r /src/cache /app/node_modules')
  const piece = 'busybox dd if=/bin/busybox bs=1000 2>/dev/null'
  tool(
    'bundle',
    'busybox mkdir -p /app/dist/assets',
    `${piece} count=$1 of=/app/dist/server.js`,
    `[ $1 -lt 450 ] || ${piece} count=1200 of=/app/dist/assets/app.js`,
    `${piece} count=96 of=/app/dist/assets/app.css`,
  )
  tool(
    'translate',
    'busybox mkdir -p /app/dist/locales',
    'for each in "$@"; do busybox head -c 21000 /bin/busybox > /app/dist/locales/$each.json; done',
  )
  for (const [tag, kilobytes, languages] of [
    ['shop:1', 412, 'en'],
    ['shop:2', 498, 'en de ru'],
  ] as const) {
    const lines = [
      `FROM ${base}`,
      'COPY tools /bin',
      'COPY src /src',
      'RUN install-dependencies',
      'RUN busybox rm -r /src/cache /src/.npmrc',
      'ENV PORT=8080',
      `RUN bundle ${kilobytes}`,
      `RUN translate ${languages}`,
      `LABEL languages="${languages}"`,
      'CMD ["sh"]',
    ]
    write('Dockerfile', `${lines.join('\n')}\n`)
    lab.docker('build', '--network', 'none', '--quiet', '--tag', tag, context)
  }
}
