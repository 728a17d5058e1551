import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { once } from 'node:events'
import type { Page } from '@playwright/test'
import type { Lab } from '../support/lab'
import { forgetScan, plantDataRoot } from './data-root'
import { end, porthole, timeCommand, type Figure } from './measure'
import { counted, FRAME_MS, framesWhile, heap, isLong, mebibytes, openBrowser } from './page'

/** Owners beside the few large ones: each volume is one. */
const VOLUMES = 1_000
const AT_ONCE = 8
/** Entries the tree asks for at once. */
const PAGE = 2_000
const FIRST_MS = 1_000
const HEAP_TIMES = 1.5
/** Pixels a frame by which a list is scrolled: a wheel that is turned in haste. */
const SCROLL = 150
const SCROLLS = 400
const WAIT_MS = 8_000
/** Most milliseconds for a walk of the whole disk, by the scan or the engine. */
const WALK_MS = 540_000

/** The built `porthole serve`, with files of its own. */
async function serve(lab: Lab): Promise<{ link: string; stop(): Promise<void> }> {
  const home = mkdtempSync(join(tmpdir(), 'porthole-bench-home-'))
  const child = spawn(process.execPath, [porthole, 'serve', '--port', '0', '--endpoint', lab.endpoint], {
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { ...process.env, HOME: home, XDG_CONFIG_HOME: home, XDG_STATE_HOME: home },
  })
  const lines = createInterface({ input: child.stdout })
  const [link] = (await Promise.race([
    once(lines, 'line'),
    once(child, 'exit').then(() => {
      throw new Error('porthole serve ended.')
    }),
  ])) as [string]
  const stop = async (): Promise<void> => {
    await end(child)
    rmSync(home, { recursive: true, force: true })
  }
  return { link, stop }
}

async function addVolumes(lab: Lab): Promise<void> {
  for (let made = 0; made < VOLUMES; made += AT_ONCE)
    await Promise.all(
      Array.from({ length: AT_ONCE }, (_, index) =>
        lab.get('/volumes/create', 'POST', { Name: `any-${made + index}` }),
      ),
    )
}

/** Presses a button and gives the milliseconds until the frame in which a part of the page first stands. */
function untilDrawn(page: Page, button: string, part: string): Promise<number> {
  return page.evaluate(
    ({ name, selector }) =>
      new Promise<number>((resolve, reject) => {
        const found = [...document.querySelectorAll<HTMLElement>('main button')].find(
          ({ textContent }) => textContent.trim() === name,
        )
        if (found === undefined) reject(new Error(`The page has no button ${name}.`))
        const began = performance.now()
        const look = (): void => {
          if (document.querySelector(selector) === null) requestAnimationFrame(look)
          else resolve(performance.now() - began)
        }
        found?.click()
        look()
      }),
    { name: button, selector: part },
  )
}

/** Scrolls a list a step each frame, from its top and then to its end. */
function scrollThrough(page: Page, selector: string): Promise<void> {
  return page.evaluate(
    ({ list, step, steps }) =>
      new Promise<void>((resolve) => {
        const box = document.querySelector(list)
        if (box === null) throw new Error('There is nothing to scroll.')
        const most = box.scrollHeight - box.clientHeight
        const half = Math.min(steps / 2, Math.ceil(most / step))
        let taken = 0
        const next = (): void => {
          if (taken === 2 * half) return resolve()
          box.scrollTop = taken < half ? taken * step : most - (2 * half - taken - 1) * step
          taken += 1
          requestAnimationFrame(next)
        }
        requestAnimationFrame(next)
      }),
    { list: selector, step: SCROLL, steps: SCROLLS },
  )
}

function hasRows(page: Page, least: number): Promise<unknown> {
  return page.waitForFunction(
    (rows) => Number(document.querySelector('[role="treegrid"]')?.ariaRowCount ?? 0) > rows,
    least,
  )
}

/** An empty page, scrolled through as many rows without anything in them. */
async function emptyScroll(page: Page, rows: number): Promise<number[]> {
  await page.setContent(
    `<div id="list" style="height: 600px; overflow: auto"><div style="height: ${rows * 28}px"></div></div>`,
  )
  return framesWhile(page, () => scrollThrough(page, '#list'))
}

/**
 * The built window in a real Chromium over `porthole serve`, on a data-root of so many files and a
 * thousand owners: its frames while a scan goes and after it, how soon something is drawn, its memory;
 * and a folder with very many entries listed and scrolled. Beside each an empty page in the same browser.
 */
export async function measureStoragePage(lab: Lab, files: number): Promise<Figure[]> {
  const many = files.toLocaleString('en')
  const { crowd, crowded } = plantDataRoot(lab, files)
  await addVolumes(lab)
  forgetScan(lab)
  const served = await serve(lab)
  const { page, session, close } = await openBrowser()
  page.setDefaultTimeout(WAIT_MS)
  try {
    await page.goto('about:blank')
    const args = ['watch', 'storage.scan', '{"fresh":true}', '--endpoint', lab.endpoint]
    // The first one reads what the later ones find in the caches.
    await timeCommand(process.execPath, [porthole, ...args])
    const beside = await framesWhile(page, () => timeCommand(process.execPath, [porthole, ...args]))
    const emptyScrolled = await emptyScroll(page, crowded)
    forgetScan(lab)

    await page.goto(served.link)
    await page.getByRole('link', { name: 'Storage' }).click()
    await page.getByRole('heading', { name: 'Storage', level: 1 }).waitFor()
    const main = page.getByRole('main')
    const counting = main.locator('.counting')
    const views = main.getByLabel('How owners are shown')
    const again = main.getByRole('button', { name: 'Scan again' })
    await main.getByRole('button', { name: 'Scan the disk' }).first().waitFor()
    await counting.waitFor({ state: 'detached', timeout: WALK_MS })
    const before = await heap(session)
    let drawnMs = Number.NaN
    const scanning = await framesWhile(page, async () => {
      drawnMs = await untilDrawn(page, 'Scan the disk', '.map .tile')
      await again.waitFor({ timeout: WALK_MS })
    })
    const after = await framesWhile(page, async () => {
      await counting.waitFor({ state: 'detached', timeout: WALK_MS })
      await views.getByText('List').click()
      await main.getByRole('grid', { name: 'Owners' }).waitFor()
      await scrollThrough(page, '[role="grid"]')
      await views.getByText('Map').click()
      await main.locator('.map .tile').first().waitFor()
    })
    const later = await heap(session)

    await page.getByRole('link', { name: 'Files' }).click()
    await page.getByRole('heading', { name: 'Files', level: 1 }).waitFor()
    await main.getByRole('searchbox', { name: 'Whose is it?' }).fill(join(lab.dataRoot, crowd))
    await page.keyboard.press('Enter')
    const folder = main
      .getByRole('row')
      .filter({ hasText: /^crowd/ })
      .first()
    await folder.waitFor()
    const listed = await framesWhile(page, async () => {
      await folder.click()
      const more = main.getByRole('button', { name: 'Show more' })
      for (let rows = PAGE; rows < crowded; rows += PAGE) {
        await hasRows(page, rows)
        await page.evaluate(() => {
          const tree = document.querySelector('[role="treegrid"]')
          if (tree !== null) tree.scrollTop = tree.scrollHeight
        })
        await more.dispatchEvent('click')
      }
      await hasRows(page, crowded)
    })
    const scrolled = await framesWhile(page, () => scrollThrough(page, '[role="treegrid"]'))
    const filesHeap = await heap(session)

    const smooth = (what: string, gaps: number[], peer: number[]): Figure => {
      const long = gaps.filter(isLong).length
      return {
        what: `frames over ${FRAME_MS} ms ${what}`,
        porthole: counted(gaps),
        peer: counted(peer),
        target: 'none',
        value: long,
        met: long === 0,
      }
    }
    const entries = crowded.toLocaleString('en')
    return [
      smooth(
        `of the Storage page while ${many} files are scanned : an empty page meanwhile`,
        scanning,
        beside,
      ),
      smooth('of the Storage page after it, list and map : an empty page scrolled', after, emptyScrolled),
      {
        what: `Storage page: scan of ${many} files asked for until a first part is drawn`,
        porthole: `${Math.round(drawnMs)} ms`,
        peer: '–',
        target: `< ${FIRST_MS} ms`,
        value: drawnMs,
        met: drawnMs < FIRST_MS,
      },
      {
        what: `heap of the Storage page after the scan of ${many} files : before it`,
        porthole: mebibytes(later),
        peer: mebibytes(before),
        target: `≤ ${HEAP_TIMES} times`,
        value: later / before,
        met: later <= HEAP_TIMES * before,
      },
      smooth(
        `of the Files page, a folder of ${entries} entries listed : an empty page scrolled`,
        listed,
        emptyScrolled,
      ),
      smooth(`of the Files page, ${entries} rows scrolled : an empty page scrolled`, scrolled, emptyScrolled),
      {
        what: `heap of the Files page with ${entries} rows : the Storage page before it`,
        porthole: mebibytes(filesHeap),
        peer: mebibytes(later),
        target: '≤ 2 times',
        value: filesHeap / later,
        met: filesHeap <= 2 * later,
      },
    ]
  } finally {
    await close()
    await served.stop()
    forgetScan(lab)
  }
}
