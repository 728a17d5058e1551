import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { AppError } from '../../contract/errors'
import { configFileOf } from '../../helper/daemon'
import type { DaemonProcessInfo } from '../engine'

export interface LocationFacts {
  /** `--config` of Porthole's own command line. */
  configFile?: string | undefined
  /** URL of the endpoint in use. */
  endpoint: string
  process?: DaemonProcessInfo | undefined
  /** daemon.json that a daemon which is down would be started with. */
  stopped?: string | undefined
  rootless?: boolean | undefined
  desktop?: boolean | undefined
  env: NodeJS.ProcessEnv
}

/**
 * Where the daemon in use reads its daemon.json: what it was told, else the place of its kind of
 * installation. Throws `config/foreign` for one whose file is another program's or another
 * machine's.
 */
export function locateConfig(facts: LocationFacts): string {
  const { configFile, endpoint, process: daemon, env } = facts
  if (configFile !== undefined) return configFile
  if (facts.desktop === true)
    throw new AppError('config/foreign', 'Docker Desktop keeps the configuration of its engine itself.', {
      hint: 'Change it in Docker Desktop under Settings, Docker Engine.',
    })
  const told = daemon === undefined ? facts.stopped : configFileOf(daemon)
  if (told !== undefined) return told
  if (!endpoint.startsWith('unix://'))
    throw new AppError('config/foreign', `The engine at ${endpoint} runs on another machine.`, {
      hint: 'Run Porthole there to change its configuration, for example with porthole serve.',
      detail: { endpoint },
    })
  if (daemon?.exe?.startsWith('/snap/docker/') === true) return '/var/snap/docker/current/config/daemon.json'
  const uid = daemon?.uid ?? rootlessUid(endpoint, env)
  if (facts.rootless === true || (uid !== undefined && uid !== 0)) return rootlessFile(uid, env)
  return '/etc/docker/daemon.json'
}

/** The user whose rootless engine listens on a socket of /run/user/UID; for one that is down. */
function rootlessUid(endpoint: string, env: NodeJS.ProcessEnv): number | undefined {
  const match = /^unix:\/\/(?:\/var)?\/run\/user\/(\d+)\//.exec(endpoint)
  if (match !== null) return Number(match[1])
  const runtime = env['XDG_RUNTIME_DIR']
  return runtime !== undefined && endpoint === `unix://${runtime}/docker.sock`
    ? process.getuid?.()
    : undefined
}

function rootlessFile(uid: number | undefined, env: NodeJS.ProcessEnv): string {
  const own = uid === undefined || uid === process.getuid?.()
  const config = own ? env['XDG_CONFIG_HOME'] : undefined
  const home = own ? (env['HOME'] ?? homedir()) : homeOf(uid)
  return join(config !== undefined && config !== '' ? config : join(home, '.config'), 'docker/daemon.json')
}

function homeOf(uid: number): string {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((each) => each.split(':'))
    .find((fields) => fields[2] === String(uid))
  return line?.[5] ?? '/root'
}
