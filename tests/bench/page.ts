import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium, type BrowserContext, type CDPSession, type Page } from '@playwright/test'

/** A frame that took longer is one a reader notices. */
export const FRAME_MS = 50

export interface OpenBrowser {
  context: BrowserContext
  page: Page
  /** DevTools of the page. */
  session: CDPSession
  close(): Promise<void>
}

/** A real Chromium with one empty page and a profile of its own. */
export async function openBrowser(): Promise<OpenBrowser> {
  const profile = mkdtempSync(join(tmpdir(), 'porthole-bench-page-'))
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: process.env['PORTHOLE_CHROMIUM'] ?? '/usr/bin/chromium',
    args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
    viewport: { width: 1_280, height: 800 },
  })
  const page = context.pages()[0] ?? (await context.newPage())
  const session = await context.newCDPSession(page)
  await session.send('Performance.enable')
  const close = async (): Promise<void> => {
    await context.close()
    rmSync(profile, { recursive: true, force: true })
  }
  return { context, page, session, close }
}

/** Milliseconds between the frames of the page while it is watched. */
export function frames(page: Page, forMs: number): Promise<number[]> {
  return page.evaluate(
    (limit) =>
      new Promise<number[]>((resolve) => {
        const gaps: number[] = []
        const began = performance.now()
        let last = began
        const next = (): void => {
          const now = performance.now()
          gaps.push(now - last)
          last = now
          if (now - began < limit) requestAnimationFrame(next)
          else resolve(gaps)
        }
        requestAnimationFrame(next)
      }),
    forMs,
  )
}

/** Milliseconds between the frames of the page while something else is done. */
export async function framesWhile(page: Page, work: () => Promise<unknown>): Promise<number[]> {
  const watch = await page.evaluateHandle(() => {
    const watched = { gaps: [] as number[], ended: false }
    let last = performance.now()
    const next = (): void => {
      const now = performance.now()
      watched.gaps.push(now - last)
      last = now
      if (!watched.ended) requestAnimationFrame(next)
    }
    requestAnimationFrame(next)
    return watched
  })
  try {
    await work()
  } finally {
    await watch.evaluate((watched) => (watched.ended = true))
  }
  return watch.evaluate(({ gaps }) => gaps)
}

/** Bytes of the page's heap that are still in use after a collection. */
export async function heap(session: CDPSession): Promise<number> {
  await session.send('HeapProfiler.collectGarbage')
  const { metrics } = await session.send('Performance.getMetrics')
  return metrics.find(({ name }) => name === 'JSHeapUsedSize')?.value ?? Number.NaN
}

export const isLong = (gap: number): boolean => gap > FRAME_MS

/** How many frames were long, of how many, for people. */
export function counted(gaps: readonly number[]): string {
  const sorted = [...gaps].sort((a, b) => a - b)
  const at = (part: number): string =>
    (sorted[Math.floor((sorted.length - 1) * part)] ?? Number.NaN).toFixed(0)
  return `${gaps.filter(isLong).length} of ${gaps.length} (median ${at(0.5)}, 99 % ${at(0.99)}, most ${at(1)} ms)`
}

export const mebibytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`
