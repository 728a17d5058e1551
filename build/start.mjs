#!/usr/bin/env node
/**
 * `npm start -- [options]`: builds what is stale and opens the window. Where there is no display,
 * or Electron cannot be had, it says so in one line and serves the same window to a browser.
 */
import { spawn, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { buildStale } from './build.mjs'
import { root } from './shared.mjs'

/** Longest that the download of Electron may take before the browser is used instead. */
const DOWNLOAD_LIMIT_MS = 5 * 60_000

const args = process.argv.slice(2)
const electronPackage = join(root, 'node_modules/electron')

function binaryIn(folder) {
  const name =
    process.platform === 'darwin'
      ? 'Electron.app/Contents/MacOS/Electron'
      : process.platform === 'win32'
        ? 'electron.exe'
        : 'electron'
  const file = join(folder, name)
  return existsSync(file) ? file : undefined
}

/**
 * Path of an Electron, or a sentence why there is none. Electron's package has fetched its binary on first use
 * since version 42; asked here, so that a failure is one line and not a stack after a long wait.
 */
function findElectron() {
  const override = process.env['ELECTRON_OVERRIDE_DIST_PATH']
  if (override) {
    const file = binaryIn(override)
    return file ? { file } : { why: `There is no Electron in ${override} (ELECTRON_OVERRIDE_DIST_PATH).` }
  }
  const present = binaryIn(join(electronPackage, 'dist'))
  if (present) return { file: present }
  const installer = join(electronPackage, 'install.js')
  if (!existsSync(installer)) return { why: 'Electron is not installed.' }
  console.error('Fetching Electron, once …')
  const result = spawnSync(process.execPath, [installer], {
    timeout: DOWNLOAD_LIMIT_MS,
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
  })
  const fetched = binaryIn(join(electronPackage, 'dist'))
  if (fetched) return { file: fetched }
  const reason = result.error?.message ?? firstLine(result.stderr)
  return { why: `Electron could not be fetched${reason ? ` (${reason})` : ''}.` }
}

function firstLine(text) {
  return (text ?? '')
    .split('\n')
    .find((line) => line.trim() !== '')
    ?.trim()
    .slice(0, 160)
}

function hasDisplay() {
  if (process.platform !== 'linux') return true
  return Boolean(process.env['DISPLAY'] || process.env['WAYLAND_DISPLAY'])
}

/** Runs a program in the foreground and ends as it ends. */
function become(file, argv, options = {}) {
  const child = spawn(file, argv, { cwd: process.cwd(), stdio: 'inherit', ...options })
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal))
  child.on('error', (error) => {
    console.error(error.message)
    process.exit(1)
  })
  child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 1)))
  return child
}

function openWindow(electron) {
  // Chromium's own sandbox refuses to start as root.
  const asRoot = process.getuid?.() === 0 ? ['--no-sandbox'] : []
  become(electron, [root, ...asRoot, ...args])
}

function serveToBrowser(why) {
  console.error(`${why} Serving the same window to a browser instead.`)
  const child = become(process.execPath, [join(root, 'out/cli/porthole.cjs'), 'serve', ...args], {
    stdio: ['inherit', 'pipe', 'inherit'],
  })
  child.stdout.setEncoding('utf8')
  child.stdout.pipe(process.stdout)
  if (hasDisplay() && process.platform === 'linux')
    child.stdout.once('data', (text) => {
      const link = /^http\S+/.exec(text)?.[0]
      if (link)
        spawn('xdg-open', [link], { stdio: 'ignore', detached: true })
          .on('error', () => {
            // No browser to open: the link stands in the terminal.
          })
          .unref()
    })
}

if (args.includes('--help') || args.includes('-h')) {
  console.log(`npm start -- [options]

Opens the window, or serves it to a browser where there is no display or no Electron.
Options: those of "porthole" that say which daemon (npm run -s porthole -- --help).`)
  process.exit(0)
}
try {
  if (!existsSync(join(root, 'node_modules/vite'))) throw new Error('run "npm ci" first')
  const built = await buildStale()
  if (built.length > 0) console.error(`Built ${built.join(', ')}.`)
} catch (error) {
  console.error(`The build failed: ${error instanceof Error ? error.message : error}`)
  process.exit(1)
}
if (!hasDisplay()) serveToBrowser('There is no display.')
else {
  const { file, why } = findElectron()
  if (file) openWindow(file)
  else serveToBrowser(why)
}
