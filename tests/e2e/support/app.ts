import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  test as base,
  _electron,
  expect,
  type Browser,
  type BrowserContextOptions,
  type Page,
} from '@playwright/test'
import { Lab } from '../../support/lab'
import { until } from '../../support/until'
import { ConfigurationPage } from '../pages/configuration'
import { DaemonLogPage } from '../pages/daemon-log'
import { EventsPage } from '../pages/events'
import { RuntimePage } from '../pages/runtime'
import { FlowPage } from '../pages/flow'
import { Shell } from '../pages/shell'
import { ConsoleGuard } from './console-guard'
import { electronBinary } from './electron-binary'

export type Carrier = 'browser' | 'electron'

export interface AppOptions {
  carrier: Carrier
  /** daemon.json the daemon starts with. */
  daemonJson: string
  /** More arguments for Porthole. */
  flags: string[]
}

interface Fixtures {
  lab: Lab
  /** Porthole, open on the lab's daemon, over the carrier of the project. */
  page: Page
  shell: Shell
  configuration: ConfigurationPage
  events: EventsPage
  daemonLog: DaemonLogPage
  runtime: RuntimePage
  flow: FlowPage
}

const root = fileURLToPath(new URL('../../..', import.meta.url))
const cli = join(root, 'out/cli/porthole.cjs')
/** The built page, for a program that is built elsewhere. */
export const renderer = join(root, 'out/renderer')

/** Arguments that make Porthole look at this daemon and nowhere else. */
export function engineFlags(lab: Lab): string[] {
  return [
    '--endpoint',
    lab.endpoint,
    '--config',
    lab.configFile,
    '--pidfile',
    lab.pidfile,
    '--daemon-log',
    lab.logFile,
  ]
}

/** Folders of Porthole's own, away from those of the person who runs the tests. */
function ownFolders(): { env: NodeJS.ProcessEnv; remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), 'porthole-e2e-'))
  return {
    env: {
      ...process.env,
      XDG_CONFIG_HOME: join(folder, 'config'),
      XDG_STATE_HOME: join(folder, 'state'),
      XDG_DATA_HOME: join(folder, 'data'),
      XDG_CACHE_HOME: join(folder, 'cache'),
      LANG: 'en_US.UTF-8',
      // Chromium aborts when a bus it has joined goes away, and this machine's is none of ours.
      DBUS_SYSTEM_BUS_ADDRESS: 'disabled:',
      DBUS_SESSION_BUS_ADDRESS: 'disabled:',
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

/** `porthole serve` on a free port. */
export class Served {
  readonly #child: ChildProcess
  readonly #remove: () => void
  #out = ''
  #err = ''

  /** `program`: another build than the one in the output folder. */
  constructor(flags: string[], program = cli) {
    const own = ownFolders()
    this.#remove = own.remove
    this.#child = spawn(process.execPath, [program, 'serve', '--port', '0', ...flags], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: own.env,
    })
    this.#child.stdout?.setEncoding('utf8').on('data', (part: string) => (this.#out += part))
    this.#child.stderr?.setEncoding('utf8').on('data', (part: string) => (this.#err += part))
  }

  /** One-time links printed so far, once there are `count`. */
  links(count = 1): Promise<string[]> {
    return until('porthole serve to print its link', () => {
      if (this.#child.exitCode !== null) throw new Error(`porthole serve ended: ${this.#err}`)
      const links = this.#out.split('\n').filter((line) => line.startsWith('http'))
      return links.length >= count ? links : undefined
    })
  }

  /** What it wrote to stderr. */
  get said(): string {
    return this.#err
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const gone = once(this.#child, 'exit')
      this.#child.kill('SIGTERM')
      await gone
    }
    this.#remove()
  }
}

async function inBrowser(
  browser: Browser,
  context: BrowserContextOptions,
  flags: string[],
  use: (page: Page) => Promise<void>,
): Promise<void> {
  const served = new Served(['--allow-admin', ...flags])
  try {
    const [link = ''] = await served.links()
    const opened = await browser.newContext(context)
    const page = await opened.newPage()
    const guard = new ConsoleGuard(page)
    await page.goto(link)
    await use(page)
    await opened.close()
    expect(guard.complaints, 'complaints of the page').toEqual([])
  } finally {
    await served.stop()
  }
}

async function inElectron(
  binary: string,
  colorScheme: AppColorScheme,
  flags: string[],
  use: (page: Page) => Promise<void>,
): Promise<void> {
  const own = ownFolders()
  const app = await _electron.launch({
    executablePath: binary,
    // Root has no user namespace of its own for Chromium's sandbox.
    args: [...(process.getuid?.() === 0 ? ['--no-sandbox'] : []), root, '--lang=en-US', ...flags],
    env: Object.fromEntries(Object.entries(own.env).filter(([, value]) => value !== undefined)) as Record<
      string,
      string
    >,
    colorScheme,
    cwd: root,
  })
  try {
    const page = await app.firstWindow()
    const guard = new ConsoleGuard(page)
    await guard.catchUp(page)
    await use(page)
    expect(guard.complaints, 'complaints of the page').toEqual([])
  } finally {
    await app.close()
    own.remove()
  }
}

type AppColorScheme = 'light' | 'dark' | 'no-preference' | null

export const test = base.extend<Fixtures & AppOptions>({
  carrier: ['browser', { option: true }],
  daemonJson: ['{}\n', { option: true }],
  flags: [[], { option: true }],

  lab: async ({ daemonJson }, use) => {
    const lab = await Lab.start({ config: daemonJson })
    try {
      await use(lab)
    } finally {
      await lab.stop()
    }
  },

  page: async ({ carrier, lab, flags, browser, colorScheme, viewport, locale }, use, info) => {
    test.skip(!existsSync(cli), 'There is no build: run `npm run build`.')
    const all = [...engineFlags(lab), ...flags]
    const context: BrowserContextOptions = {
      viewport,
      colorScheme,
      ...(locale === undefined ? {} : { locale }),
    }
    const shown = async (page: Page) => {
      await use(page)
      if (info.status !== info.expectedStatus)
        await info.attach('page', { body: await page.screenshot(), contentType: 'image/png' })
    }
    if (carrier === 'browser') return inBrowser(browser, context, all, shown)
    const binary = electronBinary()
    test.skip(
      binary === undefined,
      'There is no Electron: run `npx install-electron`, or set ELECTRON_OVERRIDE_DIST_PATH.',
    )
    await inElectron(binary ?? '', colorScheme ?? null, all, shown)
  },

  shell: async ({ page, lab }, use) => {
    const shell = new Shell(page, lab)
    await shell.waitUntilConnected()
    await use(shell)
  },
  configuration: async ({ page, shell }, use) => use(new ConfigurationPage(page, shell)),
  events: async ({ page, shell }, use) => use(new EventsPage(page, shell)),
  daemonLog: async ({ page, shell }, use) => use(new DaemonLogPage(page, shell)),
  runtime: async ({ page, shell }, use) => use(new RuntimePage(page, shell)),
  flow: async ({ page, shell }, use) => use(new FlowPage(page, shell)),
})

export { expect }
