import { h, nextTick, ref } from 'vue'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { useImages } from '../../../renderer/src/app/images/images'
import CompareView from '../../../renderer/src/features/images/compare/CompareView.vue'
import { changedRows, foldersOf } from '../../../renderer/src/features/images/container/changed-rows'
import { commonFolder } from '../../../renderer/src/features/images/container/plates'
import ContainerSheet from '../../../renderer/src/features/images/container/ContainerSheet.vue'
import { helpFacts } from '../../../renderer/src/features/images/help-facts'
import { instructionText } from '../../../renderer/src/features/images/instruction'
import { stacksOf, totalBytes } from '../../../renderer/src/features/images/compare/stacks'
import type { Scene } from '../../support/fake-host'
import { named, openPage, press, type FakeWindow } from '../../support/fake-window'
import { until } from '../../support/until'

vi.setConfig({ testTimeout: 60_000 })

let open: FakeWindow | undefined
afterEach(() => {
  open?.close()
  open = undefined
})

const [A, B] = ['web:42', 'web:41']
const idOf = (name: string) => useImages().find(name)?.id ?? ''
const text = () => (document.body.textContent ?? '').replaceAll('\u00a0', ' ')
const says = (words: string) => until(`"${words}"`, () => text().includes(words))
/** The row of a path by its shown name. */
const row = (name: string) =>
  [...document.querySelectorAll<HTMLElement>('[role="row"]')].find(
    (each) => each.querySelector('bdi')?.textContent === name,
  )

/** The view with two images, following what it asks for. */
async function compare(left: string, right: string | undefined, scene: Scene = 'full') {
  const sides = ref<{ left: string; right: string | undefined }>({ left, right })
  const closed = vi.fn()
  const Page = {
    render: () =>
      h(CompareView, {
        ...sides.value,
        names: { 'archive:1': 'saved:1' },
        onChoose: (nextLeft: string, nextRight: string | undefined) =>
          (sides.value = { left: nextLeft, right: nextRight }),
        onClose: closed,
      }),
  }
  open = await openPage(Page, { scene, at: '/images', texts: ['imageCompare'] })
  return { sides, closed }
}

async function sheet(container: string) {
  const closed = vi.fn()
  const Page = { render: () => h(ContainerSheet, { container, onClose: closed }) }
  open = await openPage(Page, { at: '/images', texts: ['imageCompare'] })
  return { closed }
}

describe('two images side by side', () => {
  it('are two stacks on what they share, with counts and a tree of what differs', async () => {
    await compare(A, B)
    await says('1 layer in common')
    await until('its name', () => named('section h3', B))
    await says('210 only on the right')
    await says('12,041 the same')
    await until('the tree', () => row('app'))
    expect(row('app')?.textContent).toContain('214 below')
    expect(row('app')?.textContent?.replaceAll('\u00a0', ' ')).toContain('+11.4 MB')
    expect(row('old.tar')?.textContent).toContain('removed')
    row('app')?.click()
    await until('what is in it', () => row('dist'))
    expect(row('dist')?.getAttribute('aria-level')).toBe('2')
    expect(row('app')?.getAttribute('aria-expanded')).toBe('true')
  })

  it('take names for what they are: text', async () => {
    await compare(A, B)
    await until('the tree', () => row('app'))
    row('app')?.click()
    await until('the names', () => row('<img src=x onerror=alert(1)>'))
    expect(row('invoice\\u{202e}gnp.exe')).toBeDefined()
    await press('button', /^Configuration/)
    await says('Labels.<b>note</b>')
    await says('a \\u{202e}note')
    expect(document.querySelector('main img, td b, th b')).toBeNull()
  })

  it('show what is the same too, and fold by keyboard', async () => {
    await compare(A, B)
    await until('the tree', () => row('app'))
    expect(row('bin')).toBeUndefined()
    await press('[role="switch"]', 'Also what is the same')
    await until('what is the same', () => row('bin'))
    const tree = document.querySelector('[role="treegrid"]')
    const key = (name: string) =>
      tree?.dispatchEvent(new KeyboardEvent('keydown', { key: name, bubbles: true, cancelable: true }))
    key('Home')
    key('ArrowRight')
    await until('unfolded', () => row('dist'))
    key('ArrowLeft')
    await until('folded', () => !row('dist'))
  })

  it('swap sides at once, and go back', async () => {
    const { sides, closed } = await compare(A, B)
    await says('1 layer in common')
    await press('button', 'Swap sides')
    expect(sides.value).toEqual({ left: B, right: A })
    await press('button', 'Back to the image')
    expect(closed).toHaveBeenCalledOnce()
  })

  it('ask for the other image, and say when it is the same one', async () => {
    await compare(A, undefined)
    await says('Which image beside it?')
    const right = document.querySelector<HTMLSelectElement>('select[aria-label="Right image"]')
    await until('the images', () => idOf(A) !== '')
    await nextTick()
    if (right) right.value = idOf(A)
    right?.dispatchEvent(new Event('change'))
    await says('This is one image, twice')
  })

  it('know an image by its name, and an archive by what it was opened as', async () => {
    await compare('archive:1', B)
    await says('1 layer in common')
    expect(document.querySelector<HTMLSelectElement>('select[aria-label="Left image"]')?.value).toBe(
      'archive:1',
    )
    expect(text()).toContain('saved:1')
    const right = () => document.querySelector<HTMLSelectElement>('select[aria-label="Right image"]')
    await until('the image of that name', () => right()?.value === idOf(B))
  })

  it('say that nothing is known while the daemon is down', async () => {
    await compare(A, B, 'down')
    await says('The images have not been compared yet')
  })
})

describe('the files of a container', () => {
  it('are told as a tree with sums, filtered by change and path, or as a list', async () => {
    await sheet('web')
    await until('the tree', () => row('big'))
    expect(row('var')?.textContent?.replaceAll('\u00a0', ' ')).toContain('42 MB')
    await says('Its own files: 42 MB')
    row('var')?.click()
    await until('folded', () => !row('big'))
    await press('button', /^\s*Removed/)
    await until('the removed alone', () => row('old') && !row('etc'))
    expect(row('tmp')?.getAttribute('aria-expanded')).toBe('true')
    await press('button', /^\s*As a list/)
    await until('whole paths', () => row('/tmp/old'))
  })

  it('come page by page', async () => {
    await sheet('long')
    await says('5 of 8 paths are here.')
    await press('button', 'Show more')
    await until('all of them', () => row('big'))
    expect(text()).not.toContain('paths are here')
  })

  it.each([
    ['clean', 'Nothing changed'],
    ['gone', 'No such container'],
    ['locked', 'Sizes are seen only where'],
  ])('say what is missing: %s', async (container, words) => {
    await sheet(container)
    await says(words)
  })

  it('are put together of directories, the topmost first', async () => {
    await sheet('web')
    await press('button', 'Mount stack')
    await says('As the kernel has it mounted now.')
    const kinds = [...document.querySelectorAll('.plate .kind')].map((each) => each.textContent)
    expect(kinds).toEqual(['upper', 'work', 'init', 'layer 1', 'layer 0'])
    expect(text()).toContain('RUN make')
    expect(text()).toContain('ADD file:63eec0 in /')
    expect(named('button', 'Copy merged')).toBeDefined()
  })

  it.each([
    ['stopped', 'Not mounted while the container does not run.'],
    ['locked', 'Only root may tell'],
    ['away', 'This dockerd runs on another machine'],
  ])('say of the stack what is missing: %s', async (container, words) => {
    await sheet(container)
    await press('button', 'Mount stack')
    await says(words)
  })
})

describe('lines of a history', () => {
  it.each([
    ['RUN /bin/sh -c make # buildkit', 'RUN make'],
    ['/bin/sh -c #(nop) COPY file:ab in /x ', 'COPY file:ab in /x'],
    ['/bin/sh -c rm -r /x', 'RUN rm -r /x'],
    ['|2 A=1 B=2 /bin/sh -c make', 'RUN make'],
    ['RUN |1 A=1 /bin/sh -c make # buildkit', 'RUN make'],
    ['COPY . /app # buildkit', 'COPY . /app'],
    ['', ''],
  ])('%s is what stood in the Dockerfile', (createdBy, said) => {
    expect(instructionText(createdBy)).toBe(said)
  })
})

describe('stacks and paths', () => {
  const layer = (index: number, bytes: number) => ({
    index,
    diffId: `d${index}`,
    chainId: `c${index}`,
    followedBy: [],
    sharedBy: ['other:1'],
    createdBy: `RUN ${'x'.repeat(90)}`,
    bytes,
  })

  it('stand on what both have, the topmost layer first', () => {
    const both = [layer(0, 5), layer(1, 3)]
    const stacks = stacksOf([...both, layer(2, 1)], [...both, layer(2, 9), layer(3, 0)], 2)
    expect(stacks.common.map(({ index }) => index)).toEqual([1, 0])
    expect(stacks.right.map(({ index }) => index)).toEqual([3, 2])
    expect(stacks.largest).toBe(9)
    expect(totalBytes(stacks.common)).toBe(8)
  })

  it('are a tree even where folders on the way are not told', () => {
    const entries = [{ path: '/a/b/c', change: 'added' as const, sizeBytes: 7 }]
    expect(foldersOf(entries)).toEqual(['/a', '/a/b'])
    const look = { arrange: 'tree' as const, changes: new Set<never>(), text: '', open: new Set(['/a']) }
    expect(changedRows(entries, look)).toMatchObject([
      { path: '/a', change: 'unchanged', bytes: 7, folder: true, open: true, type: 'folder' },
      { path: '/a/b', depth: 1, open: false, folder: true },
    ])
  })

  it.each([
    [['/d/overlay2/a/diff', '/d/overlay2/a-init/diff', '/d/overlay2/b/diff'], '/d/overlay2/'],
    [['/d/overlay2/a/diff', '/e/x'], ''],
    [['/d/overlay2/a/diff', '/d/overlay22/a/diff'], '/d/'],
    [['/d/a/diff'], '/d/a/'],
    [[], ''],
  ])('%j lie in %j', (paths, folder) => {
    expect(commonFolder(paths)).toBe(folder)
  })

  it('are told of in the explanation', () => {
    const t = (key: string) => key
    const facts = helpFacts({ images: [], opened: { name: 'web:1', layers: [layer(0, 1)] } }, t, 'en')
    expect(facts).toMatchObject({ name: 'web:1', others: 'other:1', chainId: 'c0' })
    expect(facts['lowest']).toMatch(/^RUN x{76}…$/)
    expect(helpFacts({ images: [] }, t, 'en')['topmost']).toBe('imageCompare.help.without.topmost')
  })
})
