import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import WebSocket from 'ws'
import type { Lab } from '../support/lab'
import { until } from '../support/until'
import { end, root, show, spread, treeMemory, type Figure } from './measure'

const bare = fileURLToPath(new URL('bare', import.meta.url))

/** A window just started, and how long it took to show the first status. */
interface Opened {
  child: ChildProcess
  profile: string
  drawnMs: number
}

/** Path of the Electron binary to measure with. */
export function electronBinary(): string | undefined {
  const folder = process.env['ELECTRON_OVERRIDE_DIST_PATH'] ?? join(root, 'node_modules/electron/dist')
  const file = join(folder, 'electron')
  return existsSync(file) ? file : undefined
}

/** Asks a page over the DevTools protocol; undefined while there is none or it says so. */
async function evaluate(port: string, expression: string): Promise<unknown> {
  const pages = (await (await fetch(`http://127.0.0.1:${port}/json/list`)).json()) as {
    type: string
    webSocketDebuggerUrl: string
  }[]
  const page = pages.find((candidate) => candidate.type === 'page')
  if (page === undefined) return undefined
  const socket = new WebSocket(page.webSocketDebuggerUrl)
  try {
    return await new Promise((resolve, reject) => {
      socket.on('error', reject)
      socket.on('open', () =>
        socket.send(
          JSON.stringify({ id: 1, method: 'Runtime.evaluate', params: { expression, awaitPromise: true } }),
        ),
      )
      socket.on('message', (data) => {
        const answer = JSON.parse(String(data)) as { result?: { result?: { value?: unknown } } }
        resolve(answer.result?.result?.value)
      })
    })
  } finally {
    socket.close()
  }
}

/**
 * When the page had drawn its first status, in milliseconds since 1970. The page tells by its own
 * clock, so how often it is asked does not matter.
 */
const drawnAt = `(() => {
  const mark = performance.getEntriesByName('status-drawn')[0]
  return mark && performance.timeOrigin + mark.startTime
})()`

async function open(binary: string, args: string[]): Promise<Opened> {
  const profile = mkdtempSync(join(tmpdir(), 'porthole-bench-'))
  const began = Date.now()
  const child = spawn(
    binary,
    [
      // Root has no user namespace of its own for Chromium's sandbox.
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
      '--remote-debugging-port=0',
      `--user-data-dir=${profile}`,
      ...args,
    ],
    {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: {
        ...process.env,
        XDG_CONFIG_HOME: profile,
        // Chromium aborts when a bus it has joined goes away.
        DBUS_SYSTEM_BUS_ADDRESS: 'disabled:',
        DBUS_SESSION_BUS_ADDRESS: 'disabled:',
      },
    },
  )
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (part: string) => (said += part))
  try {
    const port = await until(
      'the window to listen',
      () => /DevTools listening on ws:\/\/[^:]+:(\d+)/.exec(said)?.[1],
    )
    const at = await until('the first status to be drawn', () => evaluate(port, drawnAt))
    return { child, profile, drawnMs: Number(at) - began }
  } catch (error) {
    await close({ child, profile, drawnMs: Number.NaN })
    throw error
  }
}

async function close(window: Opened): Promise<void> {
  await end(window.child)
  rmSync(window.profile, { recursive: true, force: true })
}

/** Memory once it has come to rest: two readings a second apart that differ by less than one in a hundred. */
async function settledMemory(pid: number): Promise<number> {
  let before = 0
  return until(
    'memory to settle',
    () => {
      const now = treeMemory(pid)
      const settled = Math.abs(now - before) < now / 100
      before = now
      return settled ? now : undefined
    },
    { everyMs: 1_000 },
  )
}

/** Cold start and memory of the window beside a bare one on the same runtime, interleaved. */
export async function measureWindow(binary: string, lab: Lab, runs: number): Promise<Figure[]> {
  const started = { ours: [] as number[], bare: [] as number[] }
  const memory = { ours: [] as number[], bare: [] as number[] }
  const once = async (kind: 'ours' | 'bare', args: string[]) => {
    const window = await open(binary, args)
    try {
      started[kind].push(window.drawnMs)
      memory[kind].push((await settledMemory(window.child.pid ?? 0)) / 1e6)
    } finally {
      await close(window)
    }
  }
  for (let run = 0; run <= runs; run += 1) {
    await once('ours', [root, '--endpoint', lab.endpoint, '--config', lab.configFile])
    await once('bare', [bare])
    // The first run of each reads its files from disk.
    if (run === 0)
      for (const values of [started.ours, started.bare, memory.ours, memory.bare]) values.length = 0
  }
  const start = { ours: spread(started.ours), bare: spread(started.bare) }
  const held = { ours: spread(memory.ours), bare: spread(memory.bare) }
  const slower = start.ours.median / start.bare.median
  const larger = held.ours.median / held.bare.median
  return [
    {
      what: 'window to first status drawn : bare window',
      porthole: show(start.ours, 'ms'),
      peer: show(start.bare, 'ms'),
      target: '≤ 1.5 times',
      value: slower,
      met: slower <= 1.5,
    },
    {
      what: 'memory of the window (PSS, all processes) : bare window',
      porthole: show(held.ours, 'MB'),
      peer: show(held.bare, 'MB'),
      target: '≤ 1.3 times',
      value: larger,
      met: larger <= 1.3,
    },
  ]
}
