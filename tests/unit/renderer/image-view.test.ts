import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Pinia } from 'pinia'
import { h } from 'vue'
import { useContents } from '../../../renderer/src/features/images/image/store'
import ImageView from '../../../renderer/src/features/images/image/ImageView.vue'
import { HUGE } from '../../support/fake-image-contents'
import type { Scene } from '../../support/fake-host'
import { named, openPage, press, type FakeWindow } from '../../support/fake-window'
import { until } from '../../support/until'

let open: FakeWindow | undefined
let told: string[] = []
afterEach(() => {
  open?.close()
  open = undefined
  told = []
})

/** One image by itself, as the page shows it. */
async function show(id = 'web:42', scene: Scene = 'full'): Promise<void> {
  const view = () =>
    h(ImageView, {
      image: { id, tags: [id] },
      onOpen: (image: string) => told.push(image),
      onGone: () => told.push('gone'),
    })
  open = await openPage({ render: view }, { scene, at: '/images', texts: ['imageCompare', 'imageLayers'] })
}

vi.setConfig({ testTimeout: 90_000 })

/**
 * The store of this window: what an earlier one had still to do, such as a search that waits for a rest,
 * makes its own the present one.
 */
const contents = () => useContents((open?.page.vm as unknown as { $pinia: Pinia } | undefined)?.$pinia)

/** What stands in the window; blanks that keep a unit with its number are plain ones here. */
const text = () => (document.body.textContent ?? '').replaceAll('\u00a0', ' ')
const says = (words: string) => until(`"${words}"`, () => text().includes(words))
const tree = () => document.querySelector<HTMLElement>('[role="treegrid"]')
/** The row of an entry by its name. */
const row = (name: string) =>
  [...(tree()?.querySelectorAll<HTMLElement>('[role="row"]') ?? [])].find(
    (each) => each.querySelector('bdi')?.textContent === name,
  )
const unfold = async (name: string) => (await until(name, () => row(name))).click()
const option = (words: string) => named('[role="option"]', words)
const key = (element: Element | null | undefined, name: string) =>
  element?.dispatchEvent(new KeyboardEvent('keydown', { key: name, bubbles: true, cancelable: true }))
const stack = () => document.querySelector('[role="listbox"]')
const grid = (label: string) => named('[role="grid"]', label)

async function find(words: string): Promise<void> {
  const input = await until('the search', () =>
    document.querySelector<HTMLInputElement>('input[type=search]'),
  )
  input.value = words
  input.dispatchEvent(new Event('input', { bubbles: true }))
}

describe('the stack of an image', () => {
  it('has the topmost layer first, each with what made it, its bytes and its counts', async () => {
    await show()
    await says('7 layers')
    await says('Read from the records dockerd keeps of each layer')
    const options = [...document.querySelectorAll('[role="option"]')].map((each) => each.textContent ?? '')
    expect(options).toHaveLength(7)
    expect(options[0]).toContain('COPY dist/ /app/dist')
    expect(options[0]).not.toContain('buildkit')
    expect(options[0]).toContain('then, without a layer: USER, EXPOSE, CMD')
    expect(options[1]).toContain('−5')
    expect(options[2]).toContain('RUN npm ci')
    expect(options[5]).toContain('RUN apt-get update')
    expect(options[6]).toContain('also in 6 images')
    expect(option('npm ci')?.querySelector<HTMLElement>('.bar')?.style.width).toBe('100%')
    expect(option('WORKDIR')?.querySelector('.bar')?.className).toContain('empty')
    expect(option('COPY dist')?.getAttribute('aria-selected')).toBe('true')
  })

  it('is walked by keyboard, and Enter goes on to the files', async () => {
    await show()
    await until('the files', () => row('app'))
    key(stack(), 'ArrowDown')
    await until('the layer below', () => contents().layer === 5)
    key(stack(), 'End')
    await until('the lowest', () => option('ADD rootfs')?.getAttribute('aria-selected') === 'true')
    key(stack(), 'ArrowUp')
    expect(contents().layer).toBe(1)
    await until('its files', () => row('usr'))
    key(stack(), 'Enter')
    await until('the tree', () => document.activeElement === tree())
  })

  it('tells all of a layer on demand, and leads to the images that have it too', async () => {
    await show()
    await says('7 layers')
    option('ADD rootfs')?.click()
    await until('its digest', () => text().includes(`sha256:${'1'.repeat(64)}`))
    expect(text()).toContain('ADD rootfs.tar.xz / # buildkit')
    await press('.images button', 'node:24-slim')
    expect(told).toEqual(['node:24-slim'])
  })
})

describe('the files of an image', () => {
  it('are those a container sees, with what the layer did to each', async () => {
    await show()
    await unfold('app')
    await unfold('dist')
    const server = await until('a file', () => row('server.js'))
    expect(server.textContent).toContain('added')
    expect(server.textContent).toContain('-rw-r--r--')
    expect(server.textContent).toContain('1000:1000')
    expect(row('dist')?.textContent).toContain('opaque')
    expect(row('dist')?.textContent).toContain('5 changes below')
    expect(row('bin')?.textContent).toContain('usr/bin')
    expect(row('tmp')?.textContent).toContain('drwxrwxrwt')
    expect(row('.npmrc')).toBeUndefined()
  })

  it('show what a layer removed, and stay open from layer to layer', async () => {
    await show()
    await unfold('app')
    await until('open', () => row('package.json'))
    option('npm prune')?.click()
    const gone = await until('the removed', () => row('.npmrc'))
    expect(gone.textContent).toContain('removed')
    expect(gone.textContent).toContain('Looks like an access token')
    gone.click()
    await says('removed here, still in')
    await press('button', 'Layer 3')
    expect(contents().layer).toBe(3)
  })

  it('are narrowed to changes, and to one layer', async () => {
    await show()
    await until('the files', () => row('usr'))
    await press('button', 'Only changes')
    await until('the rest to go', () => row('app') && !row('usr'))
    await press('button', 'Removed')
    await says('No such changes here')
    await press('button', 'Show all')
    await until('all again', () => row('usr'))
    await press('button', 'This layer')
    // A folder that is all there is opens by itself.
    await until('the layer alone', () => row('dist') && !row('usr'))
    option('WORKDIR')?.click()
    await says('Nothing in this layer')
  })

  it('are walked by keyboard', async () => {
    await show()
    await until('the files', () => row('app'))
    const store = contents()
    key(tree(), 'Home')
    await until('the first', () => store.selected === '/app')
    key(tree(), 'ArrowRight')
    await until('unfolded', () => row('app')?.getAttribute('aria-expanded') === 'true')
    await until('what is in it', () => row('dist'))
    key(tree(), 'ArrowRight')
    await until('the first in it', () => store.selected === '/app/dist')
    key(tree(), 'ArrowLeft')
    await until('back', () => store.selected === '/app')
    key(tree(), 'ArrowLeft')
    await until('folded', () => row('app')?.getAttribute('aria-expanded') === 'false')
  })

  it('take names for what they are: text', async () => {
    await show()
    await unfold('app')
    await unfold('dist')
    await until('the names', () => row('<img src=x onerror=alert(1)>'))
    expect(document.querySelector('img')).toBeNull()
    expect(row('invoice\\u{202e}gnp.exe')).toBeDefined()
    const odd = row('line\\nbreak and \\x1b[31mred\\x1b[0m')
    odd?.click()
    await press('.bar button', 'Open')
    await says('<b>bold</b> \\x1b[31mred\\x1b[0m \\u{202e}reversed')
    expect(document.querySelector('pre b')).toBeNull()
  })

  it('lead on where a link leads, and not out of the image', async () => {
    await show()
    await unfold('bin')
    await press('button', 'Follow')
    await until('its target', () => contents().selected === '/usr/bin')
  })

  it('come page by page where there are a million', async () => {
    await show('huge:1')
    await until('the first page', () => row('f0000001'))
    const store = contents()
    expect(store.rows.length).toBeLessThan(2_010)
    await store.list('/many')
    expect(store.rows.length).toBeGreaterThan(4_000)
    expect(store.folders.get('/many')?.entries[0]?.name).toBe('f0000000')
    expect(tree()?.querySelectorAll('[role="row"]').length).toBeLessThan(80)
    expect(HUGE).toBe(1_000_000)
  })

  it('are drawn as a map, with the same choice', async () => {
    await show()
    await until('the files', () => row('app'))
    await press('button', 'Map')
    await until('a tile', () => named('.tile', 'app, folder, 50 MB'))
    await press('.tile', 'app, folder')
    await until('inside', () => named('.tile', 'node_modules, folder'))
    expect(contents().selected).toBe('/app')
    await until('what is in a folder of it', () => named('.tile', 'server.js'))
    await press('.tile', 'dist, folder')
    await press('.tile', 'server.js')
    expect(contents().selected).toBe('/app/dist/server.js')
    await press('.crumbs button', '/')
    await until('the root', () => named('.tile', 'usr, folder'))
  })
})

describe('a search of all layers', () => {
  it('tells which layer brought a path and which hid it, and goes there', async () => {
    await show()
    await until('the files', () => row('app'))
    await find('NPMRC')
    await says('1 path found.')
    expect(grid('Found in the layers')?.querySelector('mark')?.textContent).toBe('npmrc')
    expect(text()).toContain('hidden')
    // One that is hidden is opened as the layer has it that still does.
    named('[role="row"]', '/app/.npmrc')?.click()
    await until('the file', () => contents().opened?.layer === 3)
    contents().opened = undefined
    await says('Layer 5: Removed')
    await press('section button', 'Show')
    await until('there', () => contents().layer === 3 && row('.npmrc'))
    expect(contents().selected).toBe('/app/.npmrc')
    await press('button', 'Back to 1 hit')
    await find('server.js')
    await until('another', () => named('[role="row"]', '/app/dist/server.js'))
    named('[role="row"]', '/app/dist/server.js')?.click()
    await until('in the files', () => contents().selected === '/app/dist/server.js' && row('server.js'))
  })

  it('finds keys and credentials, and says when there is nothing', async () => {
    await show()
    await until('the files', () => row('app'))
    await press('button', 'Keys and credentials')
    await says('3 paths found.')
    await find('nowhere')
    await says('No key or credential with such a path')
    await press('button', 'Back to the files')
    await until('the files', () => row('app'))
  })
})

describe('a file of an image', () => {
  async function openFile(path: string, layer: number): Promise<void> {
    await until('the files', () => row('app'))
    contents().opened = { path, layer }
  }

  it('is covered while it looks like a secret; a removed one comes from the layer that has it', async () => {
    await show()
    await openFile('/app/.npmrc', 3)
    await says('Looks like an access token')
    await says('removed in layer 5')
    await says('Layer 5 hides it from containers, but layer 3 still has it')
    expect(text()).not.toContain('s3cr3t')
    await press('button', 'Show it')
    await says('_authToken=npm_s3cr3t')
  })

  it('is laid out when it is JSON, also in the version of another layer', async () => {
    await show()
    await openFile('/app/node_modules/index.json', 5)
    await says('"version": "4.2.0"')
    expect(document.querySelector('pre .key')?.textContent).toBe('"name"')
    await press('button', 'Layer 4')
    expect(contents().opened).toEqual({ path: '/app/node_modules/index.json', layer: 4 })
  })

  it('is drawn when it is a picture of a harmless kind', async () => {
    await show()
    await openFile('/app/logo.png', 3)
    const picture = await until('the picture', () => document.querySelector('img'))
    expect(picture.src).toMatch(/^data:image\/png;base64,iVBORw0KGgo/)
    await press('button', 'Hex')
    await says('89 50 4e 47 0d 0a 1a 0a')
  })

  it('is shown byte by byte when it is binary, the first mebibyte of it', async () => {
    await show()
    await openFile('/root/.npm/cache.bin', 4)
    await says('only the first 1.05 MB are shown')
    await says('7f 45 4c 46')
    expect(named('button', 'Save the beginning')).toBeDefined()
    expect(document.querySelectorAll('.hex [role="row"]').length).toBeLessThan(120)
  })

  it('says that what is no file has no content', async () => {
    await show()
    await openFile('/dev/null', 0)
    await says('This is no file with a content.')
  })
})

describe('what an image wastes and gives away', () => {
  it('is a figure with its meaning, and files with the instructions to change', async () => {
    await show()
    await press('button', 'Wasted 5')
    await says('91.3 %')
    await says('The largest 3 of 5 are listed.')
    named('[role="row"]', '/root/.npm/cache.bin')?.click()
    await says('what one instruction makes and removes never gets into a layer')
    expect(document.querySelector('.why')?.textContent).toContain('RUN npm ci')
    await press('.why button', 'Open')
    await until('there', () => row('cache.bin') && contents().layer === 4)
  })

  it('names the credentials that are removed and still there', async () => {
    await show()
    await press('button', 'Credentials 2')
    await says('removed in layer 5, still in layer 3')
    await says('1 of them was removed or replaced in a later layer and is still in the image.')
    named('[role="row"]', '/app/.npmrc')?.click()
    await until('opened', () => contents().opened?.layer === 3)
  })
})

describe('states of an image', () => {
  it('is read with progress, and can be stopped', async () => {
    await show('slow:1')
    await says('Layer 2 of 7 read, 12,041 entries')
    await says('COPY dist/ /app/dist')
    expect(document.querySelector('[role="progressbar"]')?.getAttribute('aria-valuenow')).toBe('2')
    await press('button', 'Cancel')
    await says('Reading was stopped.')
    await press('button', 'Read the layers')
    await says('Layer 2 of 7 read')
  })

  it('offers the better way when the export had to do', async () => {
    await show('export:1')
    await says('run Porthole as root, or give its helper the permission')
    await press('button', 'Read the records')
    await says('Read from the records dockerd keeps')
    expect(text()).not.toContain('The export had to send')
  })

  it('says that it is gone, and leads back', async () => {
    await show('gone:1')
    await says('The image is gone')
    await press('button', 'Back to the list')
    expect(told).toEqual(['gone'])
  })

  it('keeps the stack when the layers cannot be read, and says why', async () => {
    await show('broken:1')
    await says('The record of layer 3 ends early.')
    await says('7 layers')
    await says('The layers have to be read before their files can be shown.')
  })

  it('of an archive is looked into without an engine', async () => {
    const view = () => h(ImageView, { image: { id: 'archive:1', tags: ['web:42'], path: '/tmp/web.tar' } })
    const texts = ['imageCompare', 'imageLayers'] as const
    open = await openPage({ render: view }, { scene: 'down', at: '/images', texts: [...texts] })
    await says('7 layers')
    expect(document.querySelector('.both')?.className).not.toContain('of-then')
  })

  it('may have no layers at all', async () => {
    await show('none:1')
    await says('This image is a configuration alone.')
  })
})
