#!/usr/bin/env node
/**
 * `npm run package [-- --dir]`: packages the window for this platform into release/; `--dir` leaves it
 * unpacked. With ELECTRON_OVERRIDE_DIST_PATH that Electron is packed, and nothing is downloaded for it.
 */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { buildStale } from './build.mjs'
import { root } from './shared.mjs'

await buildStale()
const dist = process.env['ELECTRON_OVERRIDE_DIST_PATH']
const chosen = dist
  ? [
      `-c.electronDist=${dist}`,
      `-c.electronVersion=${readFileSync(join(dist, 'version'), 'utf8').trim().replace(/^v/, '')}`,
    ]
  : []
const builder = createRequire(import.meta.url).resolve('electron-builder/cli.js')
const { status } = spawnSync(
  process.execPath,
  [builder, '--config', 'build/electron-builder.yml', ...chosen, ...process.argv.slice(2)],
  { cwd: root, stdio: 'inherit' },
)
process.exit(status ?? 1)
