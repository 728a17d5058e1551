import { senderFault, type IpcEventLike, type WebContentsLike } from './sender'

/** What a file is wanted for: to be read, or to be written anew. */
export type FilePurpose = 'open' | 'save'

/** The part of ipcMain that the dialog uses. */
export interface FileDialogDoor {
  handle(
    channel: 'choose-file',
    listener: (event: IpcEventLike, purpose: unknown) => Promise<string | undefined>,
  ): unknown
}

export interface FileDialogOptions {
  /** Origins our page may have. */
  origins: ReadonlySet<string>
  /** Takes a line for Porthole's own log. */
  log(line: string): void
  /** Shows the system's dialog over the window of these contents; the path, or nothing. */
  show(contents: WebContentsLike, purpose: FilePurpose): Promise<string | undefined>
}

/**
 * Lets our page ask for the system's file dialog. What it gets is the path a person has chosen, as if
 * they had typed it; no file is read or written for it. One dialog a window.
 */
export function serveFileDialog(
  door: FileDialogDoor,
  options: FileDialogOptions,
): { admit(contents: WebContentsLike): void } {
  const known = new Set<number>()
  const open = new Set<number>()

  door.handle('choose-file', async (event, purpose) => {
    const fault = senderFault(event, known, options.origins)
    if (fault !== undefined) {
      options.log(`file dialog refused to ${fault}`)
      return undefined
    }
    const { id } = event.sender
    if ((purpose !== 'open' && purpose !== 'save') || open.has(id)) return undefined
    open.add(id)
    try {
      return await options.show(event.sender, purpose)
    } finally {
      open.delete(id)
    }
  })

  return {
    admit(contents) {
      const { id } = contents
      known.add(id)
      contents.on('destroyed', () => known.delete(id))
    },
  }
}
