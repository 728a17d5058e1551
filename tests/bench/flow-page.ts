import { join } from 'node:path'
import type { CDPSession, Page } from '@playwright/test'
import { contract, type Handlers, type ItemOf } from '../../electron/contract/contract'
import { startServer } from '../../electron/server/server'
import { fakeHandlers } from '../support/fake-host'
import { withRecovery } from '../support/fake-recovery'
import { root, type Figure } from './measure'
import { counted, FRAME_MS, frames, heap, mebibytes, openBrowser } from './page'

type FlowRequest = ItemOf<'flow.requests'>

const PER_SECOND = 5_000
/** Requests that begin together; each ends with the next ones. */
const STEP_MS = 20
const WATCHED_MS = 20_000
const IDLE_MS = 15_000

/** What flows, for the page to be asked with and without it. */
interface Tide {
  flowing: boolean
}

/**
 * FAKE requests at a steady pace, each told twice: as it begins and as it ends. A real engine that
 * answers so many would leave nothing of two cores for a window.
 */
async function* flood(tide: Tide, signal: AbortSignal): AsyncGenerator<FlowRequest> {
  let [seq, id] = [0, 0]
  let open: FlowRequest[] = []
  let due = performance.now()
  while (!signal.aborted) {
    for (const request of open)
      yield { ...request, seq: (seq += 1), state: 'ended', status: 200, durationMs: STEP_MS }
    open = []
    if (tide.flowing)
      for (let i = 0; i < (PER_SECOND * STEP_MS) / 1_000; i += 1) {
        const request = begun((seq += 1), (id += 1))
        open.push(request)
        yield request
      }
    due = Math.max(due + STEP_MS, performance.now() - 1_000)
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, due - performance.now())))
  }
}

function begun(seq: number, id: number): FlowRequest {
  const container = id.toString(16).padStart(64, 'a')
  return {
    seq,
    id: String(id),
    method: id % 3 === 0 ? 'POST' : 'GET',
    path: `/v1.50/containers/${container}/${id % 3 === 0 ? 'start' : 'json'}`,
    route: `/containers/{id}/${id % 3 === 0 ? 'start' : 'json'}`,
    startedAt: new Date().toISOString(),
    state: 'open',
    client: { pid: 4_000 + (id % 20), process: 'docker' },
    observedBy: ['tap'],
  }
}

/** The heap at the end of each of so many stretches of time. */
async function heaps(page: Page, session: CDPSession, everyMs: number, times: number): Promise<number[]> {
  const readings: number[] = []
  while (readings.length < times) {
    await frames(page, everyMs)
    readings.push(await heap(session))
  }
  return readings
}

/** Seconds of processor the page's process has taken so far. */
async function processorSeconds(browser: CDPSession): Promise<number> {
  const { processInfo } = await browser.send('SystemInfo.getProcessInfo')
  return processInfo.filter(({ type }) => type === 'renderer').reduce((sum, { cpuTime }) => sum + cpuTime, 0)
}

/**
 * The Flow page in a real Chromium while 5 000 requests a second pass: its frames beside those of the
 * same page with nothing passing, its memory at two times, and what it costs to stand idle.
 */
export async function measureFlowPage(): Promise<Figure[]> {
  const tide: Tide = { flowing: false }
  const { 'events.watch': silent } = fakeHandlers('empty')
  const handlers: Handlers = {
    ...withRecovery('full', fakeHandlers('full')),
    // Its containers come and go for ever; an idle engine's do not.
    'events.watch': silent,
    'flow.requests': (_, { signal }) => flood(tide, signal),
  }
  const server = await startServer({
    served: { contract, handlers, log: () => undefined },
    access: new Set(['read', 'write', 'admin']),
    assets: join(root, 'out/renderer'),
    host: '127.0.0.1',
    port: 0,
  })
  const { context, page, session, close } = await openBrowser()
  try {
    await page.goto(server.link())
    await page.getByRole('link', { name: 'Flow' }).click()
    await page.getByRole('heading', { name: 'Flow', level: 1 }).waitFor()
    const browser = await context.browser()?.newBrowserCDPSession()

    // An idle page draws nothing by itself; asking for frames would be what it costs.
    await page.waitForLoadState('networkidle')
    const before = browser === undefined ? Number.NaN : await processorSeconds(browser)
    await page.waitForTimeout(IDLE_MS)
    const after = browser === undefined ? Number.NaN : await processorSeconds(browser)
    const idlePercent = ((after - before) / (IDLE_MS / 1_000)) * 100

    const still = await frames(page, WATCHED_MS / 4)
    tide.flowing = true
    // The first seconds fill the page up to what it keeps; it keeps a little more between two clearings.
    const filled = Math.max(...(await heaps(page, session, WATCHED_MS / 4, 3)))
    const busy = await frames(page, WATCHED_MS)
    const later = Math.max(...(await heaps(page, session, WATCHED_MS / 4, 3)))
    const long = busy.filter((gap) => gap > FRAME_MS).length

    return [
      {
        what: `frames over ${FRAME_MS} ms of the Flow page at ${PER_SECOND} requests/s (fake) : with none`,
        porthole: counted(busy),
        peer: counted(still),
        target: 'none',
        value: long,
        met: long === 0,
      },
      {
        what: `heap of the Flow page ${WATCHED_MS / 1_000} s later : when it was full (most of three readings)`,
        porthole: mebibytes(later),
        peer: mebibytes(filled),
        target: '≤ 1.2 times',
        value: later / filled,
        met: later / filled <= 1.2,
      },
      {
        what: 'processor of an idle Flow page, of one core',
        porthole: `${idlePercent.toFixed(2)} %`,
        peer: '–',
        target: '< 1 %',
        value: idlePercent,
        met: idlePercent < 1,
      },
    ]
  } finally {
    await close()
    await server.close()
  }
}
