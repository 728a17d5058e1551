import { spawn, type ChildProcess } from 'node:child_process'
import { createWriteStream, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Lab } from '../support/lab'
import { until } from '../support/until'
import { end, porthole, show, spread, timeCommand, type Figure } from './measure'

const GIBIBYTE = 1024 ** 3
/** Requests of one connection that are timed for the latency. */
const REQUESTS = 2_000

/** The built `porthole tap` in front of a lab's daemon: a process of its own, as a person runs it. */
async function startTap(lab: Lab, socket: string): Promise<ChildProcess> {
  const child = spawn(
    process.execPath,
    [porthole, 'tap', '--quiet', '--socket', socket, '--endpoint', lab.endpoint],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  let out = ''
  child.stdout.setEncoding('utf8').on('data', (part: string) => (out += part))
  await until('the tap', () => out.startsWith('DOCKER_HOST='))
  return child
}

/** Milliseconds of one `GET /_ping` on a connection that stands. */
function timeRequest(socketPath: string, agent: Agent): Promise<number> {
  return new Promise((resolve, reject) => {
    const began = performance.now()
    request({ socketPath, agent, path: '/_ping' }, (response) => {
      response.resume()
      response.on('end', () => resolve(performance.now() - began))
    })
      .on('error', reject)
      .end()
  })
}

/** A container whose log holds a gibibyte. Its driver is `local`, the one that is read fastest. */
async function logged(lab: Lab, image: string): Promise<string> {
  const line = 'x'.repeat(1_023)
  const script = `i=0; while [ $i -lt 1024 ]; do cat /lines; i=$((i+1)); done`
  const file = join(lab.dir, 'lines')
  const stream = createWriteStream(file)
  for (let i = 0; i < 1_024; i += 1) stream.write(`${line}\n`)
  await new Promise<void>((resolve) => stream.end(resolve))
  lab.docker(
    'create',
    '--name',
    'talker',
    '--network',
    'none',
    '--log-driver',
    'local',
    '--log-opt',
    'max-size=2g',
    image,
    'sh',
    '-c',
    script,
  )
  lab.docker('cp', file, 'talker:/lines')
  lab.docker('start', 'talker')
  lab.docker('wait', 'talker')
  return 'talker'
}

/**
 * A tap beside the bare socket, in turns: what it adds to a request, and what of the throughput it
 * leaves for copies and logs of a gibibyte.
 */
export async function measureTap(lab: Lab, runs: number): Promise<Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), 'porthole-bench-tap-'))
  const socket = join(folder, 'docker.sock')
  const endpoints = { bare: lab.endpoint, tap: `unix://${socket}` }
  const tap = await startTap(lab, socket)
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  try {
    const image = lab.importBusybox()
    lab.docker('create', '--name', 'holder', '--network', 'none', image, 'true')
    const large = join(folder, 'large')
    writeFileSync(large, Buffer.alloc(GIBIBYTE / 16, 'porthole'))
    for (let part = 1; part < 16; part += 1)
      writeFileSync(large, Buffer.alloc(GIBIBYTE / 16, 'porthole'), { flag: 'a' })

    const alternate = async (times: number, once: (endpoint: string) => Promise<number>) => {
      const took = { bare: [] as number[], tap: [] as number[] }
      for (let run = -1; run < times; run += 1)
        for (const which of ['bare', 'tap'] as const) {
          const ms = await once(endpoints[which])
          // The first run of each warms what there is to warm.
          if (run >= 0) took[which].push(ms)
        }
      return { bare: spread(took.bare), tap: spread(took.tap) }
    }
    const command = (times: number, ...args: string[]) =>
      alternate(times, (endpoint) => timeCommand('docker', ['-H', endpoint, ...args]))

    const request = await alternate(REQUESTS, (endpoint) =>
      timeRequest(endpoint.slice('unix://'.length), agent),
    )
    const version = await command(runs * 10, 'version')
    const copyIn = await command(runs, 'cp', large, 'holder:/large')
    const copyOut = await command(runs, 'cp', 'holder:/large', '-')
    const talker = await logged(lab, image)
    const logs = await command(runs, 'logs', talker)

    const added = request.tap.median - request.bare.median
    const throughput = (what: string, { bare, tap: through }: typeof logs): Figure => ({
      what: `${what} of 1 GiB through the tap : bare socket`,
      porthole: show(through, 'ms'),
      peer: show(bare, 'ms'),
      target: '≥ 0.9 times the throughput',
      value: bare.median / through.median,
      met: bare.median / through.median >= 0.9,
    })
    return [
      {
        what: `a request through the tap : bare socket (${REQUESTS} of one connection)`,
        porthole: `${request.tap.median.toFixed(3)} ms`,
        peer: `${request.bare.median.toFixed(3)} ms`,
        target: '< 0.3 ms more',
        value: added,
        met: added < 0.3,
      },
      {
        what: 'docker version through the tap : bare socket',
        porthole: show(version.tap, 'ms'),
        peer: show(version.bare, 'ms'),
        target: '≤ 1.1 times',
        value: version.tap.median / version.bare.median,
        met: version.tap.median / version.bare.median <= 1.1,
      },
      throughput('docker cp into a container', copyIn),
      throughput('docker cp out of a container', copyOut),
      throughput('docker logs', logs),
    ]
  } finally {
    agent.destroy()
    await end(tap)
    rmSync(folder, { recursive: true, force: true })
  }
}
