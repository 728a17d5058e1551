import { accessSync, constants, existsSync, realpathSync, statSync } from 'node:fs'
import { delimiter, dirname, isAbsolute, join } from 'node:path'

/** Where a package puts the helper's start script; its polkit policy names exactly this path. */
export const INSTALLED_WRAPPER = '/usr/libexec/porthole/porthole-helper'

const BUNDLE = join('helper', 'porthole-helper.cjs')

/** Absolute path of a program on PATH, or undefined. */
export function onPath(name: string, env: NodeJS.ProcessEnv): string | undefined {
  const folders = (env['PATH'] ?? '').split(delimiter).filter(isAbsolute)
  return folders.map((folder) => join(folder, name)).find(isExecutable)
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}

/**
 * Command line that runs the helper as root: the installed wrapper, which has a policy of its own;
 * from a work tree the bundle beside the running program, with Node or with Electron as Node.
 * Undefined when there is no pkexec or no helper.
 */
export function helperCommand(env: NodeJS.ProcessEnv): string[] | undefined {
  const pkexec = onPath('pkexec', env)
  if (pkexec === undefined) return undefined
  const override = env['PORTHOLE_HELPER']
  if (override === undefined && isRootsFile(INSTALLED_WRAPPER)) return [pkexec, INSTALLED_WRAPPER]
  const bundle = override ?? findBundle()
  if (bundle === undefined) return undefined
  if (process.versions['electron'] === undefined) return [pkexec, process.execPath, bundle]
  const node = onPath('node', env)
  return node === undefined
    ? [pkexec, '/usr/bin/env', 'ELECTRON_RUN_AS_NODE=1', process.execPath, bundle]
    : [pkexec, node, bundle]
}

function isRootsFile(path: string): boolean {
  const found = statSync(path, { throwIfNoEntry: false })
  return found !== undefined && found.isFile() && found.uid === 0 && (found.mode & 0o022) === 0
}

/** The helper's bundle in the output folder the running program came from. */
function findBundle(): string | undefined {
  const script = process.argv[1]
  if (script === undefined || !existsSync(script)) return undefined
  for (let at = realpathSync(script); at !== '/'; at = dirname(at))
    for (const candidate of [join(at, BUNDLE), join(at, 'out', BUNDLE)])
      if (existsSync(candidate)) return candidate
  return undefined
}
