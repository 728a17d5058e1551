#!/usr/bin/env node
/**
 * `npm run build`: builds what has changed since it was built last. `--force` builds everything.
 */
import { createHash } from 'node:crypto'
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { root } from './shared.mjs'

const stampFile = join(root, 'out/.stamp.json')
const common = [
  'package.json',
  'package-lock.json',
  'build/shared.mjs',
  'build/absent.cjs',
  'build/build.mjs',
]

/** @type {{ name: string, sources: string[], outputs: string[], make: () => Promise<void> }[]} */
const parts = [
  {
    name: 'command line',
    sources: ['electron', 'build/node.vite.config.ts'],
    outputs: ['out/cli/porthole.cjs'],
    async make() {
      await buildNode('cli')
      chmodSync(join(root, 'out/cli/porthole.cjs'), 0o755)
    },
  },
  {
    name: 'helper',
    sources: ['electron/helper', 'electron/contract', 'build/node.vite.config.ts'],
    outputs: ['out/helper/porthole-helper.cjs'],
    make: () => buildNode('helper'),
  },
  {
    name: 'window',
    sources: ['electron', 'renderer', 'assets', 'build/icons', 'build/electron.vite.config.ts'],
    outputs: ['out/main/index.cjs', 'out/preload/index.cjs', 'out/renderer/index.html'],
    async make() {
      const { build } = await import('electron-vite')
      await build({ root, configFile: join(root, 'build/electron.vite.config.ts'), logLevel: 'warn' })
      copyFileSync(join(root, 'build/icons/256x256.png'), join(root, 'out/main/icon.png'))
    },
  },
]

async function buildNode(mode) {
  const { build } = await import('vite')
  await build({ configFile: join(root, 'build/node.vite.config.ts'), mode, logLevel: 'warn' })
}

function* files(path) {
  const full = join(root, path)
  if (!existsSync(full)) return
  if (!statSync(full).isDirectory()) yield path
  else for (const name of readdirSync(full).sort()) yield* files(join(path, name))
}

/** Of the content, not of the dates: a fresh checkout and a switched branch change dates only. */
function fingerprint(part) {
  const hash = createHash('sha256').update(process.version)
  for (const source of [...common, ...part.sources])
    for (const file of files(source))
      hash
        .update(`${file}\0`)
        .update(readFileSync(join(root, file)))
        .update('\0')
  return hash.digest('hex')
}

function readStamp() {
  try {
    return JSON.parse(readFileSync(stampFile, 'utf8'))
  } catch {
    return {}
  }
}

/**
 * Builds the parts that are stale. Returns their names; throws what the bundler throws.
 * @param {{ force?: boolean }} [options]
 * @returns {Promise<string[]>}
 */
export async function buildStale({ force = false } = {}) {
  const stamp = force ? {} : readStamp()
  const built = []
  for (const part of parts) {
    const now = fingerprint(part)
    const there = part.outputs.every((output) => existsSync(join(root, output)))
    if (there && stamp[part.name] === now) continue
    await part.make()
    stamp[part.name] = now
    mkdirSync(join(root, 'out'), { recursive: true })
    writeFileSync(stampFile, `${JSON.stringify(stamp, null, 2)}\n`)
    built.push(part.name)
  }
  return built
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const begun = Date.now()
  try {
    if (!existsSync(join(root, 'node_modules/vite'))) throw new Error('Run "npm ci" first.')
    const built = await buildStale({ force: process.argv.includes('--force') })
    console.log(
      built.length === 0
        ? 'Nothing has changed since the last build.'
        : `Built ${built.join(', ')} in ${((Date.now() - begun) / 1000).toFixed(1)} s.`,
    )
  } catch (error) {
    console.error(`The build failed: ${error instanceof Error ? error.message : error}`)
    process.exit(1)
  }
}
