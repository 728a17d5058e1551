// The smallest Electron window there is: what the figures of Porthole's window stand beside.
import { app, BrowserWindow } from 'electron'
import { fileURLToPath } from 'node:url'

await app.whenReady()
const window = new BrowserWindow({ width: 1280, height: 832 })
void window.loadFile(fileURLToPath(new URL('index.html', import.meta.url)))
app.on('window-all-closed', () => app.quit())
