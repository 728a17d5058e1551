import { app, BrowserWindow } from 'electron'
import { join } from 'node:path'
import { readWindowArguments, UsageError, type EngineOptions } from '../cli/command-line'
import type { Core } from '../services/core'
import { createOwnLog } from '../services/own-log'
import { createFileDialog, createIpcCarrier } from './ipc-carrier'
import { setMenu } from './menu'
import { APP_ORIGIN } from './origin'
import { registerAppScheme, serveApp } from './protocol'
import { lockDown } from './security'
import { showFileDialog } from './system-dialog'
import { createWindow } from './window'

/** Longest that quitting waits for the services, a sandbox daemon among them, in milliseconds. */
const DISPOSE_MS = 20_000

registerAppScheme()
const options = readOptions()
if (options !== undefined) {
  if (app.requestSingleInstanceLock()) void start(options)
  else app.quit()
}

/**
 * Start-up in order: the window and its page at once, the core while the page's process starts,
 * which takes longer. What the page says meanwhile waits in the carrier.
 */
async function start(engine: EngineOptions): Promise<void> {
  const developmentUrl = app.isPackaged ? undefined : process.env['ELECTRON_RENDERER_URL']
  const origin = developmentUrl === undefined ? APP_ORIGIN : new URL(developmentUrl).origin
  const log = createOwnLog(process.env)
  await app.whenReady()
  lockDown(origin)
  setMenu(developmentUrl !== undefined)
  const answered = serveApp(join(__dirname, '..', 'renderer'))
  const window = createWindow()
  // Loading it any earlier keeps the page waiting for its first file, and its process with it.
  const core = (developmentUrl === undefined ? answered : Promise.resolve())
    .then(() => import('../services/core'))
    .then(({ createCore }) => createCore({ ...engine, env: process.env, log }))
  let made: Core | undefined
  void core.then((it) => {
    made = it
    it.start()
  })
  const carrier = createIpcCarrier({
    served: core.then(({ served }) => served),
    log,
    session: { access: new Set(['read', 'write', 'admin']), carrier: 'ipc' },
    origins: new Set([origin]),
  })
  carrier.admit(window.webContents)
  createFileDialog({ origins: new Set([origin]), log, show: showFileDialog }).admit(window.webContents)
  void window.loadURL(developmentUrl ?? `${APP_ORIGIN}/`)

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
    void Promise.race([made?.dispose(), limit])
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
