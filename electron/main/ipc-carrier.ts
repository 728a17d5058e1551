import { ipcMain } from 'electron'
import { serveFileDialog, type FileDialogOptions } from './file-dialog'
import { createIpcSessions, type IpcSessions, type IpcSessionsOptions } from './ipc-sessions'
import type { WebContentsLike } from './sender'

/** The contract over Electron's IPC. The only file that touches ipcMain. */
export function createIpcCarrier(options: IpcSessionsOptions): IpcSessions {
  return createIpcSessions(ipcMain, options)
}

/** The system's file dialog, for our page. */
export function createFileDialog(options: FileDialogOptions): { admit(contents: WebContentsLike): void } {
  return serveFileDialog(ipcMain, options)
}
