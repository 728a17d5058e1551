import { execFileSync, spawn } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'

const BASE = 'porthole/base:1'

/** A shell loop that writes a line now and then and ends at once when it is told to. */
function loop(line: string, everySeconds: number): string[] {
  const script = `trap 'exit 0' TERM INT; i=0; while :; do i=$((i+1)); echo "${line}"; sleep ${everySeconds} & wait $!; done`
  return ['sh', '-c', script]
}

/** Images in the order they are built: each after its base, so that layers are shared. */
const IMAGES: readonly { tag: string; dockerfile: string }[] = [
  {
    tag: 'porthole/web:1',
    dockerfile: `FROM ${BASE}
RUN mkdir -p /srv/www && echo '<h1>Hello from a sandbox</h1>' > /srv/www/index.html
RUN dd if=/dev/zero of=/srv/www/poster.bin bs=1024 count=512 2>/dev/null
LABEL org.example.team="web"
ENV PORT=8080
CMD ["sh"]
`,
  },
  {
    tag: 'porthole/web:2',
    dockerfile: `FROM porthole/web:1
RUN rm /srv/www/poster.bin && echo '<p>Now without the poster</p>' >> /srv/www/index.html
CMD ["sh"]
`,
  },
  {
    tag: 'porthole/worker:1',
    dockerfile: `FROM ${BASE}
RUN mkdir -p /var/queue && for i in 1 2 3 4 5; do echo "job $i" > /var/queue/$i; done
LABEL org.example.note="очередь · 队列"
CMD ["sh"]
`,
  },
]

interface Seeded {
  name: string
  /** What it should be doing when the seed is done. */
  state: 'running' | 'paused' | 'exited' | 'created'
  config: Record<string, unknown>
}

const CONTAINERS: readonly Seeded[] = [
  {
    name: 'web',
    state: 'running',
    config: {
      Image: 'porthole/web:2',
      Cmd: loop('GET / 200 request $i', 5),
      Labels: { 'org.example.role': 'front' },
      Healthcheck: { Test: ['CMD', 'test', '-f', '/srv/www/index.html'], Interval: 20e9, Timeout: 3e9 },
    },
  },
  { name: 'worker', state: 'running', config: { Image: 'porthole/worker:1', Cmd: loop('job $i done', 3) } },
  {
    name: 'notes',
    state: 'running',
    config: {
      Image: BASE,
      Cmd: [
        'sh',
        '-c',
        "trap 'exit 0' TERM INT; for i in 1 2 3; do echo note $i > /notes/$i.txt; done; while :; do sleep 30 & wait $!; done",
      ],
      HostConfig: { Binds: ['notes:/notes'] },
    },
  },
  {
    name: 'standby',
    state: 'paused',
    config: { Image: 'porthole/worker:1', Cmd: loop('standing by $i', 10) },
  },
  {
    name: 'nightly',
    state: 'exited',
    config: { Image: 'porthole/worker:1', Cmd: ['sh', '-c', 'echo no space left; exit 3'] },
  },
  {
    name: 'prepared',
    state: 'created',
    config: { Image: 'porthole/web:1', Cmd: loop('never started $i', 10) },
  },
]

/**
 * Fills a sandbox with small images that share layers, containers in every state and a volume.
 * Adds only what is missing. No registry is asked: the base image is this machine's busybox.
 * Throws when the engine refuses, or when there is no static busybox.
 */
export async function seed(socket: string, log: (line: string) => void, signal: AbortSignal): Promise<void> {
  const engine = (method: string, path: string, body?: Body) => ask(socket, signal, method, path, body)
  const has = async (path: string) => (await engine('GET', path)).status === 200
  const must = async (method: string, path: string, body?: Body) => {
    const answer = await engine(method, path, body)
    if (answer.status >= 400) throw new Error(`${method} ${path}: ${answer.body.slice(0, 300)}`)
    return answer.body
  }

  if (!(await has(`/images/${BASE}/json`))) {
    log(`sandbox: importing ${BASE}`)
    const [repo, tag] = BASE.split(':')
    await withFolder(busyboxRoot, (folder) =>
      must('POST', `/images/create?fromSrc=-&repo=${repo}&tag=${tag}`, {
        type: 'application/x-tar',
        stream: tar(folder),
      }),
    )
  }
  for (const { tag, dockerfile } of IMAGES) {
    if (await has(`/images/${tag}/json`)) continue
    log(`sandbox: building ${tag}`)
    const output = await withFolder(
      (folder) => writeFileSync(join(folder, 'Dockerfile'), dockerfile),
      (folder) =>
        must('POST', `/build?t=${encodeURIComponent(tag)}&networkmode=none&rm=1&forcerm=1&version=1`, {
          type: 'application/x-tar',
          stream: tar(folder),
        }),
    )
    const fault = /"error":"([^"]+)"/.exec(output)?.[1]
    if (fault !== undefined) throw new Error(`${tag} was not built: ${fault}`)
  }
  for (const { name, state, config } of CONTAINERS) {
    if (!(await has(`/containers/${name}/json`))) {
      const whole = {
        // dockerd gives all of them up 5 s after the longest, and they end at once.
        StopTimeout: 25,
        ...config,
        HostConfig: { NetworkMode: 'none', ...(config['HostConfig'] as object) },
      }
      await must('POST', `/containers/create?name=${name}`, {
        type: 'application/json',
        text: JSON.stringify(whole),
      })
      if (state === 'exited') await must('POST', `/containers/${name}/start`)
    }
    // Started before already: 304, which is no fault.
    if (state === 'running' || state === 'paused') await must('POST', `/containers/${name}/start`)
    if (state === 'paused') await engine('POST', `/containers/${name}/pause`)
  }
}

type Body = { type: string } & ({ text: string } | { stream: Readable })

function ask(
  socketPath: string,
  signal: AbortSignal,
  method: string,
  path: string,
  body?: Body,
): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        socketPath,
        method,
        path,
        signal,
        // Not the name of Porthole's own: what fills a sandbox is there to be looked at.
        headers: { 'User-Agent': 'Porthole sandbox', ...(body && { 'Content-Type': body.type }) },
      },
      (answer) => {
        let text = ''
        answer.setEncoding('utf8')
        answer.on('data', (part: string) => (text += part))
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body: text }))
        answer.on('error', reject)
      },
    )
    sent.on('error', reject)
    if (body === undefined) sent.end()
    else if ('text' in body) sent.end(body.text)
    else body.stream.on('error', reject).pipe(sent)
  })
}

/** A folder as a tar stream, owned by root inside whoever made it. */
function tar(folder: string): Readable {
  return spawn('tar', ['-C', folder, '--owner=0', '--group=0', '-c', '.'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  }).stdout
}

async function withFolder<T>(
  fill: (folder: string) => void,
  use: (folder: string) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'porthole-seed-'))
  try {
    fill(folder)
    return await use(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** A root file system of one static busybox and its applets. */
function busyboxRoot(folder: string): void {
  const busybox = ['/bin/busybox', '/usr/bin/busybox'].find((file) => existsSync(file))
  if (busybox === undefined)
    throw new Error('there is no busybox to make images of; install the package busybox-static')
  for (const part of ['bin', 'etc', 'tmp', 'var']) mkdirSync(join(folder, part))
  copyFileSync(busybox, join(folder, 'bin/busybox'))
  const applets = execFileSync(busybox, ['--list'], { encoding: 'utf8' }).trim().split('\n')
  for (const applet of applets) if (applet !== 'busybox') symlinkSync('busybox', join(folder, 'bin', applet))
  writeFileSync(join(folder, 'etc/passwd'), 'root:x:0:0:root:/:/bin/sh\n')
}
