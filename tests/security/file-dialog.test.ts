import { describe, expect, test } from 'vitest'
import { serveFileDialog, type FileDialogDoor, type FilePurpose } from '../../electron/main/file-dialog'
import type { FrameLike, IpcEventLike } from '../../electron/main/sender'
import { FakeWindow } from '../support/carriers'

/** Electron's part is a fake here: a door that can be knocked at, and a dialog that answers when told. */
function door() {
  let listener: ((event: IpcEventLike, purpose: unknown) => Promise<string | undefined>) | undefined
  const ipc: FileDialogDoor = { handle: (_channel, it) => (listener = it) }
  const shown: FilePurpose[] = []
  const logged: string[] = []
  const answers: ((path: string | undefined) => void)[] = []
  const dialog = serveFileDialog(ipc, {
    origins: new Set(['app://porthole']),
    log: (line) => logged.push(line),
    show: (_contents, purpose) => {
      shown.push(purpose)
      return new Promise((resolve) => answers.push(resolve))
    },
  })
  const ask = (window: FakeWindow, purpose: unknown, frame: FrameLike | null = window.mainFrame) =>
    listener?.({ sender: window, senderFrame: frame }, purpose)
  return { dialog, ask, shown, logged, answers }
}

describe('the file dialog', () => {
  test('gives our page the path that a person has chosen', async () => {
    const { dialog, ask, shown, answers } = door()
    const window = new FakeWindow()
    dialog.admit(window)
    const chosen = ask(window, 'save')
    answers[0]?.('/home/mara/web.tar')
    expect(await chosen).toBe('/home/mara/web.tar')
    expect(shown).toEqual(['save'])
  })

  test('is not shown to a window that was not admitted, and not once it is gone', async () => {
    const { dialog, ask, shown, logged } = door()
    const window = new FakeWindow()
    expect(await ask(window, 'open')).toBeUndefined()
    dialog.admit(window)
    window.emit('destroyed')
    expect(await ask(window, 'open')).toBeUndefined()
    expect(shown).toEqual([])
    expect(logged.join()).toContain('a window that Porthole did not make')
  })

  test('is not shown to a frame inside our page, to one that is gone, or to another origin', async () => {
    const { dialog, ask, shown } = door()
    const window = new FakeWindow()
    dialog.admit(window)
    expect(await ask(window, 'open', { origin: 'app://porthole', send: () => undefined })).toBeUndefined()
    expect(await ask(window, 'open', null)).toBeUndefined()
    for (const origin of ['https://example.org', 'file://', 'null', 'app://other']) {
      const elsewhere = new FakeWindow(origin)
      dialog.admit(elsewhere)
      expect(await ask(elsewhere, 'open')).toBeUndefined()
    }
    expect(shown).toEqual([])
  })

  test.each([undefined, null, 'read', { purpose: 'open' }, ['open']])(
    'takes no other words: %j',
    async (purpose) => {
      const { dialog, ask, shown } = door()
      const window = new FakeWindow()
      dialog.admit(window)
      expect(await ask(window, purpose)).toBeUndefined()
      expect(shown).toEqual([])
    },
  )

  test('is there once a window, and again when the first was closed', async () => {
    const { dialog, ask, shown, answers } = door()
    const window = new FakeWindow()
    dialog.admit(window)
    const first = ask(window, 'open')
    expect(await ask(window, 'open')).toBeUndefined()
    answers[0]?.(undefined)
    expect(await first).toBeUndefined()
    void ask(window, 'open')
    expect(shown).toEqual(['open', 'open'])
  })
})
