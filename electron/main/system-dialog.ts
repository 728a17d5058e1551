import { BrowserWindow, dialog } from 'electron'
import type { FilePurpose } from './file-dialog'

/** The system's own dialog for one file, over the window with these contents. */
export async function showFileDialog(
  contents: { id: number },
  purpose: FilePurpose,
): Promise<string | undefined> {
  const window = BrowserWindow.getAllWindows().find(({ webContents }) => webContents.id === contents.id)
  if (!window) return undefined
  if (purpose === 'save') {
    const { canceled, filePath } = await dialog.showSaveDialog(window, {})
    return canceled || filePath === '' ? undefined : filePath
  }
  const { canceled, filePaths } = await dialog.showOpenDialog(window, { properties: ['openFile'] })
  return canceled ? undefined : filePaths[0]
}
