import { afterEach, describe, expect, it, vi } from 'vitest'
import { useEngine } from '../../../renderer/src/app/engine'
import { useBecause } from '../../../renderer/src/app/storage/because'
import { useScan } from '../../../renderer/src/app/storage/scan'
import { useCleanup } from '../../../renderer/src/features/storage/cleanup/store'
import StoragePage from '../../../renderer/src/features/storage/StoragePage.vue'
import { useStorage } from '../../../renderer/src/features/storage/store'
import type { Scene } from '../../support/fake-host'
import { named, openPage, press, type FakeWindow } from '../../support/fake-window'
import { until } from '../../support/until'
import { mount } from '@vue/test-utils'
import { h } from 'vue'
import { i18n } from '../../../renderer/src/app/i18n'

// A document without a layout has no canvas either; what is drawn there is said in words beside it.
vi.mock('chart.js', () => {
  class Chart {
    static register = () => undefined
    destroy = () => undefined
  }
  const part = {}
  return {
    Chart,
    Filler: part,
    LinearScale: part,
    LineController: part,
    LineElement: part,
    PointElement: part,
    Tooltip: part,
  }
})

let open: FakeWindow | undefined
afterEach(() => {
  open?.close()
  open = undefined
})
const show = async (scene: Scene = 'full', at = '/storage') =>
  (open = await openPage(StoragePage, { scene, at, texts: ['owners', 'storage'] }))

vi.setConfig({ testTimeout: 60_000 })

/** What stands in the window; blanks that keep a unit with its number are plain ones here. */
const text = () => (document.body.textContent ?? '').replaceAll('\u00a0', ' ')
const says = (words: string) => until(`"${words}"`, () => text().includes(words))
const tile = (words: string | RegExp) => named('.tile', words)

async function scanned(): Promise<void> {
  await press('button', 'Scan the disk')
  await until('the scan', () => useScan().whole)
}

describe('the Storage page', () => {
  it('shows what the engine counts at once, and whose it is after a scan', async () => {
    await show()
    await says('Only what the engine counts is shown.')
    await says('Where 16.6 GB went')
    expect(tile('pgdata')).toBeUndefined()
    await press('button', 'Scan the disk')
    await says('so far')
    // What has been seen is there before everything is.
    await until('the first owners', () => tile('pgdata'))
    expect(useScan().whole).toBeUndefined()
    await until('the end', () => useScan().whole)
    await says('vanished or could not be read')
    await until('the count beside it', () => text().includes('Log files'))
    expect(text()).toContain('the engine counts 14.8 GB; 8.85 GB it does not')
  })

  it('keeps what it knew in sight when the engine goes, and offers nothing that wants it', async () => {
    await show()
    await scanned()
    await until('the count beside it', () => text().includes('Log files'))
    const engine = useEngine()
    const { link } = engine
    if (link === undefined) throw new Error('There is no link.')
    engine.link = { ...link, state: 'unreachable', events: 'waiting' }
    await until('the age', () => document.querySelector('.body.stale'))
    expect(tile('pgdata')).toBeDefined()
    expect(text()).toContain('Where 23.6 GB went')
    const offers = (words: string | RegExp) => named('button', words)?.hasAttribute('disabled') === false
    for (const words of ['Scan again', 'Clean up', 'Count again', 'Put back', /^\s*Delete/])
      expect({ words, offered: offers(words) }).toEqual({ words, offered: false })
    engine.link = link
    await until('the link', () => offers('Scan again'))
    expect(document.querySelector('.body.stale')).toBeNull()
  })

  it('takes names for what they are: text', async () => {
    await show()
    await scanned()
    useStorage().focus = ['volume']
    await until('a hostile name', () => tile('<img src=x onerror=alert(1)>'))
    expect(document.querySelector('img')).toBeNull()
    expect(tile('invoice\\u{202e}gnp.exe')).toBeDefined()
    expect(tile('line\\nbreak and \\x1b[31mred')).toBeDefined()
  })

  it('leads from a stretch of the bar to its owners, and back', async () => {
    await show()
    await scanned()
    await press('.part', /^\s*Log files/)
    await says('The engine never counts it')
    expect(tile(/^web, log files/)).toBeDefined()
    expect(tile('pgdata')).toBeUndefined()
    await press('.crumb', 'Everything')
    await until('all of them', () => tile('pgdata'))
    await press('.part', /^\s*Unexplained/)
    await says('files that are deleted but still open')
    expect(tile('pgdata')).toBeDefined()
  })

  it('goes about the map by keyboard: one stop, arrows, Enter, Escape', async () => {
    await show()
    await scanned()
    const stops = () => [...document.querySelectorAll<HTMLElement>('.tile[tabindex="0"]')]
    const [first] = await until('a stop', () => (stops().length === 1 ? stops() : undefined))
    first?.focus()
    const press = (key: string) =>
      document.activeElement?.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }))
    press('ArrowDown')
    await until('the next', () => document.activeElement !== first && document.activeElement === stops()[0])
    ;(document.activeElement as HTMLElement).click()
    await says('How Porthole knows')
    document.activeElement?.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape', bubbles: true }))
    await until('the sheet to close', () => !text().includes('How Porthole knows'))
    tile(/Volumes|volume: \d+ owners/)?.click()
    await until('the zoom', () => useStorage().focus)
    const [zoomed] = stops()
    zoomed?.focus()
    press('Escape')
    await until('all again', () => useStorage().focus === undefined)
  })

  it('tells an owner in full, with the proof, and what it does not know by its code', async () => {
    await show()
    await scanned()
    await press('.tile', /, orphan: /)
    await says('Looked through in vain')
    await says('No layer in the layer database names it.')
    await says('By the rule “of-a-newer-core”.')
    expect(named('li', '/var/lib/docker/overlay2/')).toBeDefined()
  })

  it('clears up what was seen and agreed to, and nothing by Enter alone', async () => {
    await show()
    await scanned()
    const cleanup = useCleanup()
    await press('button', 'Clean up…')
    await says('What may go?')
    expect(named('button', 'Preview')?.hasAttribute('disabled')).toBe(true)
    cleanup.kinds = ['containers', 'volumes', 'logs', 'orphans']
    cleanup.keep.names = 'worker-*'
    await press('button', 'Preview')
    await says('This would go')
    await until('the safe button', () => document.activeElement?.textContent?.includes('Back'))
    expect(text()).toContain('875 MB more are held in quarantine')
    // Volumes hold what nobody can make again: the list is agreed to first.
    expect(named('button', /Remove \d+ things/)?.hasAttribute('disabled')).toBe(true)
    const kept = cleanup.preview?.kept.length ?? 0
    expect(kept).toBeGreaterThan(10)
    document.querySelector<HTMLInputElement>('.grave input')?.click()
    const going = cleanup.preview?.items.length ?? 0
    await press('button', /Remove \d+ things/)
    await until('the end', () => cleanup.stage === 'ended')
    await says(`Removed ${going} things`)
    expect(cleanup.result?.removed).toHaveLength(going)
    await says('Log rotation bounds them')
    await press('button', 'Set log rotation')
    await until('the option', () => open?.router.currentRoute.value.query['key'] === 'log-opts')
    await until('another look', () => !useScan().running && useScan().whole)
    expect(useScan().picture?.shares.some(({ owner }) => owner.kind === 'orphan')).toBe(false)
  })

  it('puts an orphan back, and deletes one only after a question', async () => {
    await show()
    await press('button', 'Delete')
    await says('Delete it for good?')
    await until('the safe button', () => document.activeElement?.textContent?.includes('Cancel'))
    await press('button', 'Cancel')
    await press('button', 'Put back')
    await until('nothing aside', () => useStorage().quarantine?.items.length === 0)
  })

  it('does at once what the palette has sent it for', async () => {
    await show('full', '/storage?do=scan')
    await until('the scan', () => useScan().running || useScan().whole)
    await until('a plain address', () => open?.router.currentRoute.value.fullPath === '/storage')
    await until('the scan', () => useScan().whole)
  })

  it('keeps what a stopped scan has seen, and says that there is more', async () => {
    await show()
    await press('button', 'Scan the disk')
    await until('something', () => useScan().partial)
    await press('button', 'Stop the scan')
    await says('Stopped before its end')
    expect(useScan().running).toBe(false)
    expect(tile('pgdata')).toBeDefined()
  })

  it.each([
    ['reader', 'Only root may read the data-root'],
    ['broken', 'The helper ended while it was asked.'],
  ] as const)('says what is missing and a way: %s', async (scene, words) => {
    await show(scene)
    await press('button', 'Scan the disk')
    await says(words)
  })

  it('asks nothing of a disk that is on another machine', async () => {
    await show('remote')
    await says('This dockerd runs on another machine')
    expect(named('button', 'Scan the disk')).toBeUndefined()
    expect(text()).toContain('Images')
  })

  it('names a driver it cannot read', async () => {
    await show('unmapped')
    await scanned()
    await says('The storage driver btrfs is not mapped yet')
  })

  it('has nothing to show of a daemon that was never there', async () => {
    await show('down')
    await says('Nothing is known of the disk yet')
  })

  it('lets nobody remove who may only look', async () => {
    await show('reader')
    await says('Where 16.6 GB went')
    const cleanup = useCleanup()
    cleanup.open()
    await says('Needs administrator rights')
    cleanup.kinds = ['containers']
    await press('button', 'Preview')
    await says('This session may only look')
    expect(named('button', /Remove \d+ things/)?.hasAttribute('disabled')).toBe(true)
  })
})

describe('a reason', () => {
  it('is a sentence, its values made visible and its ids short; else its code', () => {
    let say: ReturnType<typeof useBecause> | undefined
    mount(
      {
        setup() {
          say = useBecause()
          return () => h('p')
        },
      },
      { global: { plugins: [i18n] } },
    )
    expect(say?.({ code: 'volume-folder', values: { volume: 'a\n{b}' } })).toBe(
      'The folder is named after volume a\\n{b}.',
    )
    expect(say?.({ code: 'layerdb-mount', values: { container: 'ab'.repeat(32) } })).toContain(
      'container abababababab names',
    )
    expect(say?.({ code: 'volume-folder', values: {} })).toBe('By the rule “volume-folder”.')
    expect(say?.({ code: '__proto__', values: {} })).toBe('By the rule “__proto__”.')
  })
})
