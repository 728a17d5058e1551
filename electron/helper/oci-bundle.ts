import { existsSync, readFileSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import { isRootsOwn } from './daemon'
import { DEFAULT_EXEC_ROOT, daemonSettings, flagOf } from './daemon-setting'
import { Folder } from './folder'
import { HelperError } from './verb'

/** containerd's plug-in that keeps bundles. */
const TASKS = 'io.containerd.runtime.v2.task'
const MASK = '*****'

/** What runs below a dockerd, by its command line and its file. */
export interface BundlePlaces {
  /** Folders in which a containerd may keep its state. */
  states: readonly string[]
  namespace: string
}

export interface BundleRead {
  path: string
  /** `config.json` with every value of an environment masked. */
  json: string
  masked: number
}

/**
 * `config.json` of a running container's OCI bundle. The path is made of where containerd keeps
 * its state and a checked id; no link below is followed, and every folder must be root's own.
 * Throws `runtime/no-bundle` for a container that does not run, `helper/path-refused` else.
 */
export async function readBundle({ states, namespace }: BundlePlaces, id: string): Promise<BundleRead> {
  for (const state of states) {
    if (!existsSync(state)) continue
    // `/var/run` is a link itself; from the state on there may be none.
    const path = join(realpathSync(state), TASKS, namespace, id)
    if (!existsSync(path)) continue
    if (realpathSync(path) !== path || !isRootsOwn(path)) throw refused(path)
    const folder = await Folder.open(path)
    try {
      const file = await folder?.read('config.json')
      if (file?.exists === true) return { path, ...maskEnvironments(file.bytes.toString('utf8')) }
    } finally {
      await folder?.close()
    }
  }
  throw new HelperError('runtime/no-bundle', 'This container has no bundle: it does not run.', {
    hint: 'Start the container; its bundle lives as long as its process.',
  })
}

/** Masks the values of every `env`, those of hooks too. Names stay: they say what is set. */
export function maskEnvironments(text: string): { json: string; masked: number } {
  let masked = 0
  let config: unknown
  try {
    config = JSON.parse(text)
  } catch {
    // The parser's own sentence would quote the text, secrets and all.
    throw new HelperError('helper/failed', 'config.json of the bundle is not JSON.')
  }
  const json = JSON.stringify(config, (key, value: unknown) => {
    if (key !== 'env' || !Array.isArray(value)) return value
    return value.map((entry: unknown) => {
      masked += 1
      const name = typeof entry === 'string' ? entry.split('=', 1)[0] : ''
      return `${name}=${MASK}`
    })
  })
  return { json, masked }
}

/**
 * Where the containerd of a dockerd may keep its state: below the exec-root when dockerd started
 * it, else where one of the `containerds` that root runs was told to (their command lines).
 */
export function bundlePlaces(
  argv: readonly string[],
  configFile: string,
  containerds: readonly (readonly string[])[],
): BundlePlaces {
  const setting = daemonSettings(argv, configFile)
  const execRoot = setting('exec-root') ?? DEFAULT_EXEC_ROOT
  const namespace = setting('containerd-namespace') ?? 'moby'
  if (!execRoot.startsWith('/') || !/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(namespace)) throw refused(execRoot)
  const others = containerds.map((line) => flagOf(line, 'state') ?? stateOfFile(line) ?? '/run/containerd')
  return {
    states: [...new Set([`${execRoot}/containerd/daemon`, ...others])].filter((state) =>
      state.startsWith('/'),
    ),
    namespace,
  }
}

/** `state = "…"` of a containerd's own file, above its first table. */
function stateOfFile(argv: readonly string[]): string | undefined {
  try {
    const text = readFileSync(flagOf(argv, 'config') ?? '/etc/containerd/config.toml', 'utf8')
    return /^state\s*=\s*["']([^"']+)["']/m.exec(text)?.[1]
  } catch {
    return undefined
  }
}

function refused(path: string): HelperError {
  return new HelperError('helper/path-refused', `${path} is not where root's containerd keeps a bundle.`, {
    hint: 'A link stands in the way, or others than root may write there.',
    detail: { path },
  })
}
