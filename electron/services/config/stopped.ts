import { findManager } from '../../helper/manager'
import type { EngineService } from '../engine'
import type { ServiceOptions } from '../options'
import { locateConfig } from './location'

/** How a dockerd that is down would be started: what its unit, its script or its last start tells. */
export interface StoppedDaemon {
  /** Command line, program first. */
  argv: readonly string[]
  /** Name of the unit that would start it. */
  unit?: string
  /** daemon.json it would read. */
  configFile?: string
  /** File its output goes to, where it is one. */
  logFile?: string
}

/** Undefined for an engine of another machine, and where nothing is known that starts this one. */
export async function findStopped(
  engine: Pick<EngineService, 'link' | 'moved' | 'socketPath'>,
  { configFile, env }: Pick<ServiceOptions, 'configFile' | 'env'>,
): Promise<StoppedDaemon | undefined> {
  const { socketPath, link } = engine
  if (socketPath === undefined) return undefined
  const given = engine.moved ? undefined : configFile
  const path = locateConfig({ configFile: given, endpoint: link.endpoint, env })
  const manager = await findManager({ path, socketPath })
  if (manager.kind === 'none' || manager.kind === 'desktop') return undefined
  const [argv, file] = await Promise.all([manager.command(), manager.configFile()])
  return {
    argv: argv ?? [],
    ...(manager.unit === undefined || manager.kind === 'sysv' ? {} : { unit: manager.unit }),
    ...(file === undefined ? {} : { configFile: file }),
    ...(manager.logFile === undefined ? {} : { logFile: manager.logFile }),
  }
}
