import { afterEach, describe, expect, it, vi } from 'vitest'
import { useImages } from '../../../renderer/src/app/images/images'
import { aboutOf, useTransfers } from '../../../renderer/src/app/images/transfers'
import ImagesPage from '../../../renderer/src/features/images/ImagesPage.vue'
import { orderImages } from '../../../renderer/src/features/images/order'
import { keptBy, takesLastName } from '../../../renderer/src/features/images/removal'
import { useImagesPage } from '../../../renderer/src/features/images/store'
import type { Scene } from '../../support/fake-host'
import { named, openPage, press, type FakeWindow } from '../../support/fake-window'
import { until } from '../../support/until'

vi.setConfig({ testTimeout: 60_000 })

let open: FakeWindow | undefined
afterEach(() => {
  open?.close()
  open = undefined
})
const show = async (scene: Scene = 'full', at = '/images') =>
  (open = await openPage(ImagesPage, { scene, at, texts: ['images', 'imageLayers', 'imageCompare'] }))

/** What stands in the window; blanks that keep a unit with its number are plain ones here. */
const text = () => (document.body.textContent ?? '').replaceAll('\u00a0', ' ')
const says = (words: string) => until(`"${words}"`, () => text().includes(words))
const row = (words: string | RegExp) => named('[role="grid"] [role="row"]', words)
const address = () => decodeURIComponent(open?.router.currentRoute.value.fullPath ?? '')

function key(name: string): void {
  document.activeElement?.dispatchEvent(new KeyboardEvent('keydown', { key: name, bubbles: true }))
}

/** A menu opens by the pointer's press, which a click in a document without layout is not. */
async function choose(image: string, action: string): Promise<void> {
  const trigger = await until(`the menu of ${image}`, () => named('button', `Actions of ${image}`))
  trigger.focus()
  key('Enter')
  const item = await until(action, () => named('[role="menuitem"]', action))
  item.dispatchEvent(new MouseEvent('pointerup', { bubbles: true }))
  item.click()
}

async function fill(label: string, words: string): Promise<void> {
  const field = await until(label, () =>
    document.querySelector<HTMLInputElement>(`[role="dialog"] [aria-label="${label}"]`),
  )
  field.value = words
  field.dispatchEvent(new Event('input', { bubbles: true }))
}

describe('the list of images', () => {
  it('shows every name, and what is shared of the size in words too', async () => {
    await show()
    await until('the first image', () => row('web:42'))
    expect(row('web:42')?.textContent).toContain('web:latest, registry.example/harbour/web:42')
    expect(row('web:42')?.textContent?.replaceAll('\u00a0', ' ')).toContain(
      '41 MB only here, 371 MB shared with other images',
    )
    expect(row('<none>')).toBeDefined()
    await says('40 images')
  })

  it('takes names for what they are: text', async () => {
    await show()
    await until('a hostile name', () => row('<img src=x onerror=alert(1)>:1'))
    expect(document.querySelector('img')).toBeNull()
    expect(row('invoice\\u{202e}gnp.exe:1')).toBeDefined()
  })

  it('is narrowed by words and chips, and says so when nothing is left', async () => {
    await show()
    const page = useImagesPage()
    await until('the list', () => row('web:42'))
    await press('button', 'Without a name')
    await until('only those', () => page.rows.every(({ tags }) => tags.length === 0))
    page.filter.text = 'no such thing'
    await says('Nothing matches')
    await press('button', 'Show all')
    await until('all', () => page.rows.length === 40)
  })

  it.each([
    ['empty', 'This engine has no images yet'],
    ['down', 'Nothing is known of the images yet'],
    ['denied', 'You may not ask this dockerd'],
    ['broken', 'The engine refused to list its images.'],
  ] as const)('says what to do where there is nothing: %s', async (scene, words) => {
    await show(scene)
    await says(words)
  })

  it('says why a session that may only look can do no more', async () => {
    await show('reader')
    await until('the list', () => row('web:42'))
    await says('This session may only look.')
    expect(named('button', 'Load…')?.hasAttribute('disabled')).toBe(true)
    const trigger = await until('the menu', () => named('button', 'Actions of web:42'))
    trigger.focus()
    key('Enter')
    const remove = await until('the action', () => named('[role="menuitem"]', 'Remove…'))
    expect(remove.getAttribute('aria-disabled')).toBe('true')
    expect(remove.textContent).toContain('porthole serve without --read-only')
  })
})

describe('an address', () => {
  it('may name an image by a tag, and leads back to the list', async () => {
    await show('full', '/images/web:42')
    await until('the image', () => named('section,dl', 'About the image'))
    await until('its digest', () => named('button', /^Copy registry.example/))
    await press('button', 'All images')
    await until('the list', () => address() === '/images')
  })

  it('of an image that is not there says so', async () => {
    await show('full', '/images/web:99')
    await says('There is no image web:99 here')
    await press('button', 'All images')
    await until('the list', () => row('web:42'))
  })

  it('of an archive that nobody has opened says that it is closed', async () => {
    await show('full', '/images/archive:1')
    await says('This archive is not open any more')
  })

  it('carries the image that another is compared with', async () => {
    await show()
    await choose('web:42', 'Compare with…')
    await until('the address', () => /^\/images\/sha256:[0-9a-f]+\?with=$/.test(address()))
  })

  it('is put in order after what the palette sent it for was done', async () => {
    await show('full', '/images?do=load')
    await says('Load images from a file')
    await until('a plain address', () => address() === '/images')
  })
})

describe('a removal', () => {
  it('tells exactly what goes, does nothing by Enter alone, and then does it', async () => {
    await show()
    await choose('web:41', 'Remove…')
    await says('This would go')
    await says('38 MB become free')
    await until('the safe button', () => document.activeElement?.textContent?.includes('Cancel'))
    await press('button', 'Remove the image')
    await says('13 images and layers deleted')
    await press('[role="dialog"] button', 'Close')
    await until('one image less', () => useImages().list.length === 39)
    expect(row('web:41')).toBeUndefined()
  })

  it('of an image that a container keeps is not offered; that of one name is', async () => {
    await show()
    await choose('web:42', 'Remove…')
    await says('Nothing goes while something keeps it.')
    expect(named('button', 'Remove the image')?.hasAttribute('disabled')).toBe(true)
    const select = await until('the choice', () =>
      document.querySelector<HTMLSelectElement>('[role="dialog"] select'),
    )
    select.value = '1'
    select.dispatchEvent(new Event('change', { bubbles: true }))
    await says('The image stays, with its other names.')
    await press('button', 'Remove the name')
    await says('1 name taken away.')
  })

  it('that something has changed under does nothing, and shows what would go now', async () => {
    await show()
    await choose('busybox:1.37', 'Remove…')
    await says('This would go')
    await press('button', 'Remove the image')
    await says('Something changed since the preview, so nothing was removed.')
    expect(useImages().list).toHaveLength(40)
    await press('button', 'Remove the image')
    await says('deleted.')
  })
})

describe('a name', () => {
  it('that is none is refused in the dialog; a good one appears in the list', async () => {
    await show()
    await choose('redis:8', 'Tag…')
    await fill('Name', 'NOT a name')
    await press('[role="dialog"] button', /^\s*Tag\s*$/)
    await says('invalid reference format')
    await fill('Name', 'web:42')
    await says('Another image has this name now')
    await fill('Name', 'cache:9')
    await press('[role="dialog"] button', /^\s*Tag\s*$/)
    await until('the name', () => row('cache:9'))
  })
})

describe('a transfer', () => {
  it('goes on when its dialog is closed, is told on the page, and is put away', async () => {
    await show()
    await choose('web:42', 'Save to a file…')
    await fill('File to write', 'web.tar')
    await says('A path begins with a slash.')
    await fill('File to write', '/slow/web.tar')
    await press('[role="dialog"] button', /^\s*Save\s*$/)
    await says('It goes on when this is closed')
    await press('[role="dialog"] button', 'Close')
    const transfers = useTransfers()
    await until('its place on the page', () => named('section', 'Save web:42 +2 to /slow/web.tar'))
    expect(transfers.running).toHaveLength(1)
    await press('section button', 'Cancel')
    await until('its end', () => transfers.all[0]?.state === 'stopped')
    await press('button', 'Put away')
    await until('nothing', () => transfers.all.length === 0)
  })

  it('says what went wrong, and what came', async () => {
    await show()
    const transfers = useTransfers()
    transfers.save({ images: ['web:42'], path: '/taken.tar' })
    await says('/taken.tar is there already.')
    transfers.load({ path: '/web.tar' })
    await press('button', 'Open web:42')
    await until('the image', () => address() === '/images/web:42')
  })

  it('that failed leads back to what was asked for', async () => {
    await show()
    await choose('redis:8', 'Save to a file…')
    await fill('File to write', '/taken.tar')
    await press('[role="dialog"] button', /^\s*Save\s*$/)
    await says('/taken.tar is there already.')
    await press('[role="dialog"] button', 'Back')
    const field = await until('the path', () =>
      document.querySelector<HTMLInputElement>('[aria-label="File to write"]'),
    )
    expect(field.value).toBe('/taken.tar')
    expect(useTransfers().all).toEqual([])
  })

  it('takes its path from the system’s dialog where there is one', async () => {
    const purposes: string[] = []
    const chooseFile = (purpose: string) => (purposes.push(purpose), Promise.resolve('/home/mara/web.tar'))
    vi.stubGlobal('porthole', { chooseFile })
    await show()
    await choose('redis:8', 'Save to a file…')
    await press('[role="dialog"] button', 'Choose…')
    await until(
      'the path',
      () => document.querySelector<HTMLInputElement>('[aria-label="File to write"]')?.value,
    )
    expect(purposes).toEqual(['save'])
    expect(useTransfers().all).toEqual([])
    vi.unstubAllGlobals()
  })

  it('is named in few words', () => {
    const transfer = { key: 1, kind: 'save', path: '/a/b.tar', names: ['a:1'], state: 'done' } as const
    expect(aboutOf(transfer)).toBe('a:1')
    expect(aboutOf({ ...transfer, names: ['a:1', 'b:1', 'c:1'] })).toBe('a:1 +2')
    expect(aboutOf({ ...transfer, kind: 'load', names: [] })).toBe('b.tar')
  })
})

describe('an archive on disk', () => {
  it('is opened beside the engine’s images, and closed again', async () => {
    await show()
    await press('button', 'Open archive…')
    await fill('Archive', '/none.tar')
    await press('[role="dialog"] button', /^\s*Open\s*$/)
    await says('There is no file /none.tar.')
    await fill('Archive', '/home/mara/web.tar')
    await press('[role="dialog"] button', /^\s*Open\s*$/)
    await until('its address', () => address().startsWith('/images/archive:'))
    await press('button', 'All images')
    await says('Opened from disk')
    expect(useImages().list).toHaveLength(40)
    await press('button', 'Close web.tar')
    await until('nothing open', () => !text().includes('Opened from disk'))
  })
})

describe('an order', () => {
  const image = (name: string, created: number, sizeBytes: number) => ({
    id: `sha256:${name}`,
    tags: name === '' ? [] : [name],
    digests: [],
    createdAt: new Date(created).toISOString(),
    sizeBytes,
    containers: name === 'a:2' ? ['web'] : [],
  })
  const all = [image('', 3, 1), image('a:10', 1, 3), image('a:2', 2, 2)]
  const none = { text: '', dangling: false, unused: false }
  const names = (images: typeof all) => images.map(({ tags }) => tags[0])

  it('is the newest, the largest or the first name on top, those without one last', () => {
    expect(names(orderImages(all, none, 'created') as typeof all)).toEqual([undefined, 'a:2', 'a:10'])
    expect(names(orderImages(all, none, 'size') as typeof all)).toEqual(['a:10', 'a:2', undefined])
    expect(names(orderImages(all, none, 'name') as typeof all)).toEqual(['a:2', 'a:10', undefined])
  })

  it('keeps what a filter asks for', () => {
    expect(orderImages(all, { ...none, dangling: true }, 'size')).toHaveLength(1)
    expect(orderImages(all, { ...none, unused: true }, 'size')).toHaveLength(2)
    expect(orderImages(all, { ...none, text: 'WEB' }, 'size')).toHaveLength(1)
  })
})

describe('what keeps an image', () => {
  const image = { id: 'sha256:a', tags: ['a:1', 'b:1'], digests: ['a@sha256:f'] }
  const preview = {
    digest: '',
    id: 'sha256:a',
    untags: ['a:1'],
    deletes: false,
    layers: [],
    containers: [],
    children: 0,
  }
  const web = [{ name: 'web', running: true }]

  it('are containers, once no name would be left', () => {
    expect(keptBy({ image, asked: 'a:1', preview: { ...preview, containers: web } })).toBeUndefined()
    const whole = { ...preview, untags: ['a:1', 'a@sha256:f', 'b:1'], containers: web }
    expect(keptBy({ image, asked: image.id, preview: whole })).toBe('containers')
    expect(takesLastName({ image, asked: image.id, preview: whole })).toBe(true)
  })

  it('are images built on it, for its id alone', () => {
    const built = { ...preview, children: 1 }
    expect(keptBy({ image, asked: image.id, preview: built })).toBe('children')
    expect(keptBy({ image, asked: 'a:1', preview: built })).toBeUndefined()
  })
})
