import { spawn, type ChildProcess } from 'node:child_process'
import { Agent, request } from 'node:http'
import type { Lab } from '../support/lab'
import { until } from '../support/until'
import { end, porthole, type Figure } from './measure'

const BURST = 10_000
/** Requests in flight: enough to keep dockerd busy. */
const CONNECTIONS = 16
/** With no line for so long, a listener has shown all it ever will. */
const IDLE_MS = 5_000

/** A program that prints one event a line, and when it did. */
class Listener {
  readonly #child: ChildProcess
  readonly #seen = new Set<string>()
  #rest = ''
  #first = 0
  #last = 0
  ready = false

  constructor(command: string, args: string[]) {
    this.#child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    this.#child.stdout?.setEncoding('utf8').on('data', (part: string) => this.#take(part))
  }

  #take(part: string): void {
    const lines = (this.#rest + part).split('\n')
    this.#rest = lines.pop() ?? ''
    for (const line of lines) {
      if (line.includes('"porthole-bench:ready"')) this.ready = true
      if (!line.includes('"porthole-bench:burst"')) continue
      this.#last = performance.now()
      if (this.#seen.size === 0) this.#first = this.#last
      // An event shown twice counts once.
      this.#seen.add(/"timeNano":"?(\d+)/.exec(line)?.[1] ?? '')
    }
  }

  get count(): number {
    return this.#seen.size
  }

  /** It has everything, or has been silent for long. */
  get done(): boolean {
    return this.count === BURST || (this.count > 0 && performance.now() - this.#last > IDLE_MS)
  }

  /** Events a second between the first and the last that it printed. */
  get rate(): number {
    return this.count / ((this.#last - this.#first) / 1_000)
  }

  stop(): Promise<void> {
    return end(this.#child)
  }
}

/**
 * Tags an image: the cheapest request that makes one event. It makes one for a tag that is there
 * already too, and a name used again spares dockerd a list of tags that grows and is written each time.
 */
function tag(lab: Lab, image: string, name: string, agent: Agent): Promise<void> {
  return new Promise((resolve, reject) => {
    const req = request(
      {
        socketPath: lab.socket,
        agent,
        method: 'POST',
        path: `/images/${encodeURIComponent(image)}/tag?repo=porthole-bench&tag=${name}`,
      },
      (res) => {
        res.resume()
        res.on('end', () =>
          res.statusCode === 201 ? resolve() : reject(new Error(`Tagging answered ${res.statusCode}`)),
        )
      },
    )
    req.on('error', reject)
    req.end()
  })
}

/** Both listen to the same burst at the same time, so both meet the same machine. */
export async function measureEvents(lab: Lab): Promise<Figure[]> {
  const image = lab.importBusybox()
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS })
  const ours = new Listener(process.execPath, [
    porthole,
    'watch',
    'events.watch',
    '{}',
    '--endpoint',
    lab.endpoint,
  ])
  const docker = new Listener('docker', ['-H', lab.endpoint, 'events', '--format', '{{json .}}'])
  try {
    await until('both to listen', async () => {
      await tag(lab, image, 'ready', agent)
      return ours.ready && docker.ready
    })
    let left = BURST
    const worker = async () => {
      while (left-- > 0) await tag(lab, image, 'burst', agent)
    }
    await Promise.all(Array.from({ length: CONNECTIONS }, worker))
    await until('the listeners to print the burst', () => ours.done && docker.done, { timeoutMs: 120_000 })
    const lost = { ours: BURST - ours.count, docker: BURST - docker.count }
    return [
      {
        what: `events lost of ${BURST} : docker events`,
        porthole: String(lost.ours),
        peer: String(lost.docker),
        target: 'none',
        value: lost.ours,
        met: lost.ours === 0,
      },
      {
        what: 'events a second : docker events',
        porthole: String(Math.round(ours.rate)),
        peer: String(Math.round(docker.rate)),
        target: '≥ 1 times',
        value: ours.rate / docker.rate,
        // Both wait for the same daemon: within two in a hundred they are equally fast.
        met: ours.rate / docker.rate >= 0.98,
      },
    ]
  } finally {
    await Promise.all([ours.stop(), docker.stop()])
    agent.destroy()
  }
}
