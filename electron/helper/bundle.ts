import { existsSync, realpathSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'

const NAME = 'porthole-helper.cjs'
const BUNDLE = join('helper', NAME)

/**
 * The helper's bundle: this program itself, or the one in the output folder or the package that the
 * running program came from. Undefined for a program that runs from sources.
 */
export function findHelperBundle(): string | undefined {
  const { resourcesPath } = process as { resourcesPath?: string }
  const packaged = resourcesPath === undefined ? undefined : join(resourcesPath, BUNDLE)
  if (packaged !== undefined && existsSync(packaged)) return packaged
  const script = process.argv[1]
  if (script === undefined || !existsSync(script)) return undefined
  const real = realpathSync(script)
  if (basename(real) === NAME) return real
  // A tool that runs the sources lies in node_modules, and what was built beside it is older.
  for (let at = real; at !== '/' && basename(at) !== 'node_modules'; at = dirname(at))
    for (const candidate of [join(at, BUNDLE), join(at, 'out', BUNDLE)])
      if (existsSync(candidate)) return candidate
  return undefined
}
