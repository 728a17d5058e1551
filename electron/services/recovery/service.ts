import { AppError } from '../../contract/errors'
import { pinTo, type ConfigFile } from '../config'
import type { ServiceState } from '../lifecycle'
import { explainFatal } from './fatal'
import type { Recovery, RecoveryDependencies } from '.'
import { lastWords } from './last-words'

/** Lines of the daemon's log that are looked through: one start says some hundred. */
const TAIL = 2_000
/** Changes that are looked through for the last one that counts. */
const CHANGES = 20

type Problems = Recovery['problems']

export async function recover(deps: RecoveryDependencies, signal: AbortSignal): Promise<Recovery> {
  const { state: link } = await deps.engine.settled()
  const [service, file] = await Promise.all([deps.lifecycle.state(), readFile(deps)])
  const runs = link === 'connected' || link === 'denied'
  const found = await faultsOf(deps, file)
  if (runs) {
    const broken = found.length > 0
    return {
      state: broken ? 'broken-file' : 'running',
      service,
      problems: found,
      ...(broken ? await lastChange(deps) : {}),
    }
  }
  const fatal = await fatalOf(deps, signal)
  const problems = fatal === undefined || !file?.readable ? found : blamed(file.text, fatal, found)
  return {
    state: isFailing(service) ? 'failing' : 'down',
    service,
    ...(fatal === undefined ? {} : { fatal: fatal.told }),
    problems,
    ...(await lastChange(deps)),
  }
}

/** The service manager is at it, again and again. One that has given up is down. */
function isFailing({ activeState, subState, restarts = 0 }: ServiceState): boolean {
  return subState === 'auto-restart' || (activeState === 'activating' && restarts > 0)
}

/** Undefined where the file is another program's, or another machine's. */
async function readFile({ config }: RecoveryDependencies): Promise<ConfigFile | undefined> {
  try {
    return await config.read()
  } catch (error) {
    if (error instanceof AppError && error.code === 'config/foreign') return undefined
    throw error
  }
}

/** Why this engine would refuse the file as it is at its next start. */
async function faultsOf({ config }: RecoveryDependencies, file: ConfigFile | undefined): Promise<Problems> {
  if (file === undefined || !file.exists) return []
  const problems = file.readable
    ? (await config.check({ text: file.text, depth: 'validate' })).problems
    : file.problems
  return problems.filter(({ severity }) => severity === 'error')
}

interface Ended {
  told: NonNullable<Recovery['fatal']>
  keys: string[]
}

async function fatalOf({ daemonLog }: RecoveryDependencies, signal: AbortSignal): Promise<Ended | undefined> {
  try {
    const line = lastWords(await daemonLog.kept({ tail: TAIL }, signal))
    if (line === undefined) return undefined
    const { code, detail, message, keys } = explainFatal(line.message)
    const told = { at: line.time, raw: line.raw, code, message }
    return { told: Object.keys(detail).length === 0 ? told : { ...told, detail }, keys }
  } catch (error) {
    // There is no log, or it may not be read; then the file and the service state have to tell.
    if (error instanceof AppError) return undefined
    throw error
  }
}

/** The faults with that of the fatal line first; one nobody else has found is pinned to its key. */
function blamed(text: string, { told, keys }: Ended, found: Problems): Problems {
  const isBlamed = ({ key }: Problems[number]): boolean => key !== undefined && keys.includes(key)
  if (found.length > 0) return [...found.filter(isBlamed), ...found.filter((each) => !isBlamed(each))]
  const place = pinTo(text, keys)
  if (place === undefined) return []
  return [
    {
      severity: 'error',
      code: 'dockerd/refused',
      message: told.message,
      detail: { said: told.raw },
      ...place,
      source: 'apply',
    },
  ]
}

/** The newest change that could be undone and has made the file what it is. */
async function lastChange({ config }: RecoveryDependencies): Promise<Pick<Recovery, 'undo'>> {
  const { entries } = await config.history({ limit: CHANGES }).catch(() => ({ entries: [] }))
  const last = entries.find(({ current, restorable }) => current && restorable.before)
  return last === undefined ? {} : { undo: { id: last.id, at: last.at, changes: last.changes } }
}
