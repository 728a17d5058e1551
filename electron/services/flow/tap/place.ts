import { lstatSync, mkdtempSync, readdirSync, realpathSync, rmSync, statSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { basename, dirname, isAbsolute, join, resolve } from 'node:path'
import { AppError } from '../../../contract/errors'

/** Where a tap listens, and how that place is left. */
export interface TapPlace {
  path: string
  /** Removes what was made for it, the socket itself apart. */
  leave(): void
}

/** sockaddr_un holds 108 bytes, the last of them a zero (unix(7)). */
const MAX_PATH_BYTES = 107

const FOLDER = 'porthole-tap-'
const SOCKET = 'docker.sock'

/**
 * A path to listen on: the one a person named, or one in a folder that only this user may enter.
 * A socket nobody listens on any more is removed. Throws `flow/path-refused` for anything else that
 * is there already, for a path that is too long, or in no folder.
 */
export async function takePlace({
  socket: asked,
  upstream,
  env,
}: {
  socket?: string | undefined
  /** dockerd's socket, which is never taken, be it in use or not. */
  upstream: string
  env: NodeJS.ProcessEnv
}): Promise<TapPlace> {
  if (asked === undefined) return privatePlace(env)
  const path = isAbsolute(asked) ? resolve(asked) : ''
  if (path === '') throw refused(asked, 'is not an absolute path')
  if (Buffer.byteLength(path) > MAX_PATH_BYTES)
    throw refused(path, `is longer than the ${MAX_PATH_BYTES} bytes Linux allows for a socket`)
  const folder = statSync(dirname(path), { throwIfNoEntry: false })
  if (folder?.isDirectory() !== true) throw refused(path, 'is in no folder that is there')
  if (realPath(path) === realPath(upstream)) throw refused(path, 'is the daemon’s own socket')
  const there = lstatSync(path, { throwIfNoEntry: false })
  if (there) {
    if (!there.isSocket()) throw refused(path, 'is there already and no socket')
    if (there.uid !== process.getuid?.()) throw refused(path, 'is a socket of somebody else')
    if (await isAnswered(path)) throw refused(path, 'is a socket somebody listens on')
    rmSync(path, { force: true })
  }
  return { path, leave: () => undefined }
}

async function privatePlace(env: NodeJS.ProcessEnv): Promise<TapPlace> {
  const runtime = env['XDG_RUNTIME_DIR']
  const base = runtime !== undefined && isAbsolute(runtime) && isFolder(runtime) ? runtime : tmpdir()
  await sweep(base)
  // mkdtemp makes it 0700, under a name nobody could have taken before.
  const folder = mkdtempSync(join(base, FOLDER))
  return {
    path: join(folder, SOCKET),
    leave: () => rmSync(folder, { recursive: true, force: true }),
  }
}

/** Removes the folders of taps that were killed: this user's own, with a socket nobody listens on. */
async function sweep(base: string): Promise<void> {
  for (const name of readdirSync(base)) {
    if (!name.startsWith(FOLDER)) continue
    const folder = join(base, name)
    const socket = join(folder, SOCKET)
    const [found, there] = [folder, socket].map((path) => lstatSync(path, { throwIfNoEntry: false }))
    // A tap that is just being opened has no socket yet.
    if (found?.isDirectory() !== true || found.uid !== process.getuid?.() || there?.isSocket() !== true)
      continue
    if (!(await isAnswered(socket))) rmSync(folder, { recursive: true, force: true })
  }
}

/** Its folder without links: a socket may be gone, and /var/run is /run. */
function realPath(path: string): string {
  try {
    return join(realpathSync(dirname(path)), basename(path))
  } catch {
    return path
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
}

function isAnswered(path: string): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect(path)
    socket.on('connect', () => {
      socket.destroy()
      done(true)
    })
    socket.on('error', (error: NodeJS.ErrnoException) => done(error.code !== 'ECONNREFUSED'))
  })
}

function refused(path: string, why: string): AppError {
  return new AppError('flow/path-refused', `${path} ${why}.`, {
    hint: 'Name a path for the socket that is free, or none to have one made in a private folder.',
    detail: { path },
  })
}
