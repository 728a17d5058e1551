import { readFile, realpath } from 'node:fs/promises'
import { extname, join, sep } from 'node:path'

/** A file of the built page. */
export interface Asset {
  body: Buffer
  type: string
  /** Its name holds a hash of its content, so it may be kept for ever. */
  immutable: boolean
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.woff': 'font/woff',
  '.wasm': 'application/wasm',
}

/**
 * Reads the file of `root` that a URL's path names; `/` and paths without an extension, which are
 * the page's own routes, are `index.html`. Undefined for what is not there, and for anything that
 * resolves outside `root`: encoded dots, absolute paths, symbolic links that lead out.
 */
export async function readAsset(root: string, pathname: string): Promise<Asset | undefined> {
  let decoded: string
  try {
    decoded = decodeURIComponent(pathname)
  } catch {
    return undefined
  }
  // A second decoding never happens, so what is still encoded is a literal name.
  if (!decoded.startsWith('/') || /[\0\\]/.test(decoded)) return undefined
  if (decoded.split('/').includes('..')) return undefined
  const extension = extname(decoded).toLowerCase()
  const name = extension === '' ? '/index.html' : decoded
  try {
    const base = await realpath(root)
    const file = await realpath(join(base, name))
    if (!file.startsWith(base + sep)) return undefined
    return {
      body: await readFile(file),
      type: TYPES[extension === '' ? '.html' : extension] ?? 'application/octet-stream',
      immutable: decoded.startsWith('/assets/'),
    }
  } catch {
    return undefined
  }
}
