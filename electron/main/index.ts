import { app, BrowserWindow } from 'electron'
import { join } from 'node:path'
import { readWindowArguments, UsageError, type EngineOptions } from '../cli/command-line'
import { createOwnLog } from '../services/own-log'
import { createIpcCarrier } from './ipc-carrier'
import { setMenu } from './menu'
import { APP_ORIGIN } from './origin'
import { registerAppScheme, serveApp } from './protocol'
import { lockDown } from './security'
import { createWindow } from './window'

/** Longest that quitting waits for the services, a sandbox daemon among them, in milliseconds. */
const DISPOSE_MS = 20_000

registerAppScheme()
const options = readOptions()
if (options !== undefined) {
  if (app.requestSingleInstanceLock()) void start(options)
  else app.quit()
}

/** Start-up in order: the window and the core come up side by side, the page is loaded when both are. */
async function start(engine: EngineOptions): Promise<void> {
  const developmentUrl = app.isPackaged ? undefined : process.env['ELECTRON_RENDERER_URL']
  const origin = developmentUrl === undefined ? APP_ORIGIN : new URL(developmentUrl).origin
  const log = createOwnLog(process.env)
  const coreModule = import('../services/core')
  await app.whenReady()
  lockDown(origin)
  setMenu(developmentUrl !== undefined)
  serveApp(join(__dirname, '..', 'renderer'))
  const window = createWindow()

  const { createCore } = await coreModule
  const core = createCore({ ...engine, env: process.env, log })
  const carrier = createIpcCarrier({
    served: core.served,
    session: { access: new Set(['read', 'write', 'admin']), carrier: 'ipc' },
    origins: new Set([origin]),
  })
  carrier.admit(window.webContents)
  void window.loadURL(developmentUrl ?? `${APP_ORIGIN}/`)
  core.start()

  app.on('second-instance', () => {
    const [first] = BrowserWindow.getAllWindows()
    if (first?.isMinimized() === true) first.restore()
    first?.focus()
  })
  app.on('window-all-closed', () => app.quit())
  app.once('will-quit', (event) => {
    event.preventDefault()
    carrier.close()
    const limit = new Promise((resolve) => setTimeout(resolve, DISPOSE_MS))
    void Promise.race([core.dispose(), limit])
      .catch((error: unknown) => log(`ending: ${String(error)}`))
      // In a turn of its own: Electron does not end when it is asked to inside this event.
      .finally(() => setImmediate(() => app.exit(0)))
  })
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => app.quit())
}

function readOptions(): EngineOptions | undefined {
  try {
    return readWindowArguments(process.argv.slice(1))
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    process.stderr.write(`porthole: ${error.message}\n${error.hint ?? ''}\n`)
    app.exit(2)
    return undefined
  }
}
