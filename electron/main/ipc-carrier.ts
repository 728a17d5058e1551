import { ipcMain } from 'electron'
import { createIpcSessions, type IpcSessions, type IpcSessionsOptions } from './ipc-sessions'

/** The contract over Electron's IPC. The only file that touches ipcMain. */
export function createIpcCarrier(options: IpcSessionsOptions): IpcSessions {
  return createIpcSessions(ipcMain, options)
}
