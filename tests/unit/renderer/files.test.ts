import { afterEach, describe, expect, it, vi } from 'vitest'
import FilesPage from '../../../renderer/src/features/files/FilesPage.vue'
import { useFiles } from '../../../renderer/src/features/files/store'
import { containerId, hashOf, layerFolder } from '../../support/fake-data-root'
import type { Scene } from '../../support/fake-host'
import { named, openPage, press, type FakeWindow } from '../../support/fake-window'
import { until } from '../../support/until'

let open: FakeWindow | undefined
afterEach(() => {
  open?.close()
  open = undefined
})
const show = async (scene: Scene = 'full', at = '/files') =>
  (open = await openPage(FilesPage, { scene, at, texts: ['owners', 'files'] }))

vi.setConfig({ testTimeout: 60_000 })

/** What stands in the window; blanks that keep a unit with its number are plain ones here. */
const text = () => (document.body.textContent ?? '').replaceAll('\u00a0', ' ')
const says = (words: string) => until(`"${words}"`, () => text().includes(words))
/** The row of a place by its name. */
const row = (name: string) =>
  [...document.querySelectorAll<HTMLElement>('[role="row"]')].find(
    (each) => each.querySelector('bdi')?.textContent === name,
  )
const toggle = async (name: string) => (await until(name, () => row(name))).click()
const grid = () => document.querySelector<HTMLElement>('[role="treegrid"]')
const key = (name: string) =>
  grid()?.dispatchEvent(new KeyboardEvent('keydown', { key: name, bubbles: true, cancelable: true }))

describe('the Files page', () => {
  it('is the data-root as a tree: what each place is, whose, how large', async () => {
    await show()
    await until('the first folder', () => row('overlay2'))
    expect(row('overlay2')?.textContent).toContain('The files of all layers and containers')
    await toggle('volumes')
    await until('a volume', () => row('pgdata'))
    expect(row('pgdata')?.textContent).toContain('volume: pgdata')
    await until('its size', () => row('pgdata')?.textContent?.includes('5.2\u00a0GB'))
    expect(row('volumes')?.getAttribute('aria-expanded')).toBe('true')
    expect(row('pgdata')?.getAttribute('aria-level')).toBe('3')
    await toggle('volumes')
    await until('folded', () => !row('pgdata'))
  })

  it('takes names for what they are: text', async () => {
    await show('full', `/files?path=${encodeURIComponent(`overlay2/${layerFolder(0)}/diff/removed`)}`)
    await until('the names', () => row('<img src=x onerror=alert(1)>'))
    expect(document.querySelector('main img, .tree img')).toBeNull()
    expect(row('invoice\\u{202e}gnp.exe')).toBeDefined()
    expect(row('line\\nbreak and \\x1b[31mred\\x1b[0m')).toBeDefined()
  })

  it('is walked by keyboard, and tells of the place it is at', async () => {
    await show()
    await until('the tree', () => row('buildkit'))
    const store = useFiles()
    key('Home')
    key('ArrowDown')
    await until('the first below', () => store.selected === 'buildkit')
    await says('The builder’s cache and its records.')
    key('ArrowRight')
    await until('unfolded', () => row('buildkit')?.getAttribute('aria-expanded') === 'true')
    await until('what is in it', () => row('data'))
    key('ArrowRight')
    expect(store.selected).toBe('buildkit/data')
    key('ArrowLeft')
    expect(store.selected).toBe('buildkit')
    key('ArrowLeft')
    await until('folded', () => row('buildkit')?.getAttribute('aria-expanded') === 'false')
  })

  it.each([
    ['a path', `/var/lib/docker/containers/${containerId(0)}/hosts`, 'hosts'],
    ['an id below overlay2', hashOf('mount 1'), hashOf('mount 1')],
  ])('finds %s and opens the place', async (_what, words, name) => {
    await show()
    const store = useFiles()
    await until('the tree', () => row('overlay2'))
    store.words = words
    await press('button', 'Find')
    await until('the place', () => row(name))
    expect(store.selected?.endsWith(name)).toBe(true)
  })

  it('offers every place where there are several, and says when there is none', async () => {
    await show('full', '/files?find=web')
    await says('Understood as a name, 3 places:')
    await press('.found button', `/overlay2/${hashOf('mount 0')}`)
    await until('the place', () => useFiles().selected === `overlay2/${hashOf('mount 0')}`)
    await useFiles().search('nobody')
    await says('Nothing here is called nobody.')
  })

  it('says that a place of before is gone', async () => {
    await show('full', '/files?path=containers%2Fgone')
    await says('/var/lib/docker/containers/gone is not there any more.')
  })

  it('reads a file without its secrets, and what is none to be read not at all', async () => {
    await show('full', `/files?path=containers%2F${containerId(0)}%2Fconfig.v2.json`)
    await press('button', 'Read it')
    await says('"TOKEN=*****"')
    expect(text()).toContain('3 values are masked')
    expect(document.querySelector('pre .key')?.textContent).toBe('"State"')
    document.activeElement?.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape', bubbles: true }))
    await until('the sheet to close', () => !text().includes('"TOKEN=*****"'))
    await useFiles().reveal('swarm/swarm-node.key')
    await press('button', 'Read it')
    await says('Porthole does not read it out.')
  })

  it('shows what a text would do to a terminal', async () => {
    await show('full', `/files?path=containers%2F${containerId(0)}%2Fhosts`)
    await press('button', 'Read it')
    await says('\\x1b[31mred\\x1b[0m \\u{202e}reversed')
  })

  it('goes where a link leads', async () => {
    const link = hashOf('link 3').slice(0, 26).toUpperCase()
    await show('full', `/files?path=overlay2%2Fl%2F${link}`)
    await press('button', 'Go where it leads')
    await until('the place', () => useFiles().selected === `overlay2/${layerFolder(3)}/diff`)
  })

  it.each([
    ['reader', 'Only root may read the data-root'],
    ['remote', 'This dockerd runs on another machine'],
    ['down', 'The data-root has not been seen yet'],
    ['broken', 'The helper ended while it was asked.'],
  ] as const)('says what is missing: %s', async (scene, words) => {
    await show(scene)
    await says(words)
    expect(named('[role="treegrid"]', '')).toBeUndefined()
  })
})
