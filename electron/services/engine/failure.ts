import { existsSync, readFileSync, statSync } from 'node:fs'
import { userInfo } from 'node:os'
import { dirname } from 'node:path'
import type { EngineLink } from '.'
import { TimedOut } from './connection'
import type { ResolvedEndpoint } from './endpoint'
import { OWN_MAX, OWN_MIN, compareVersions } from './versions'

/** Why there is no link, with what a person can do about it. */
export interface LinkFailure {
  reason: NonNullable<EngineLink['reason']>
  message: string
  hint: string
  detail: Record<string, string>
}

/** What answered is HTTP and not the Engine API. */
export class NotDocker extends Error {
  readonly status: number
  readonly body: string
  constructor(status: number, body: string) {
    super(`HTTP ${status} without Api-Version`)
    this.name = 'NotDocker'
    this.status = status
    this.body = body
  }
}

/** The engine itself, or an authorization plugin of it, refuses even `/_ping`. */
export class PingRefused extends Error {
  override name = 'PingRefused'
}

const TLS_CODE =
  /^(ERR_TLS|ERR_SSL|ERR_OSSL|EPROTO$|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|ERR_CRYPTO|HOSTNAME_MISMATCH)/

/** Classifies anything that ended an attempt to reach the engine. */
export function classify(error: unknown, endpoint: ResolvedEndpoint): LinkFailure {
  const { address } = endpoint
  if (!address) return noAddress(endpoint)
  const place = address.kind === 'unix' ? address.path : `${address.host}:${address.port}`
  const detail: Record<string, string> = address.kind === 'unix' ? { path: place } : { address: place }
  const code = (error as NodeJS.ErrnoException | undefined)?.code ?? ''

  if (error instanceof PingRefused)
    return {
      reason: 'permission',
      message: `The engine at ${place} refuses to answer: ${error.message}`,
      hint: 'An authorization plugin may be in force; ask whoever runs this daemon.',
      detail,
    }
  if (error instanceof NotDocker) return notDocker(error, place, detail)
  if (code.startsWith('HPE_'))
    return {
      reason: 'not-docker',
      message: `What answers at ${place} is not the Docker Engine API.`,
      hint: 'Check the endpoint: another program listens there.',
      detail,
    }
  if (TLS_CODE.test(code))
    return {
      reason: 'tls',
      message: `TLS with ${place} failed: ${plain(error)}.`,
      hint: 'Check ca.pem, cert.pem and key.pem, the name in the certificate, and that the port speaks TLS.',
      detail: { ...detail, code },
    }
  if (address.kind === 'unix') {
    if (endpoint.source === 'sandbox' && ['ENOENT', 'ENOTDIR', 'ECONNREFUSED'].includes(code))
      return {
        reason: 'stopped',
        message: 'The sandbox daemon has ended.',
        hint: 'Start Porthole again with --sandbox for a fresh one.',
        detail,
      }
    if (code === 'EACCES' || code === 'EPERM') return permission(address.path)
    if (code === 'ENOENT' || code === 'ENOTDIR') return noSocket(address.path)
    if (code === 'ECONNREFUSED')
      return {
        reason: 'refused',
        message: `Nobody listens on ${place}: the daemon that made it has ended.`,
        hint: startHint(place),
        detail,
      }
  } else {
    if (code === 'ECONNREFUSED')
      return {
        reason: 'refused',
        message: `Nobody listens on ${place}.`,
        hint: 'Check the address, and that dockerd is told to listen there (hosts in daemon.json, or -H).',
        detail,
      }
    if (NETWORK_CODES.has(code) || (error instanceof TimedOut && !error.connected))
      return {
        reason: 'network',
        message: `${place} cannot be reached over the network.`,
        hint: 'Check the host name, the route and the firewall.',
        detail: code === '' ? detail : { ...detail, code },
      }
  }
  if (error instanceof TimedOut)
    return {
      reason: 'silent',
      message: `Something accepts connections at ${place} and does not answer.`,
      hint: 'The daemon may be starting or stuck; its log tells which.',
      detail,
    }
  if (code === 'ECONNRESET' || code === 'EPIPE')
    return {
      reason: 'silent',
      message: `${place} accepted the connection and closed it without an answer.`,
      hint: 'The daemon may be starting or stopping; otherwise another program listens there.',
      detail,
    }
  return {
    reason: 'not-docker',
    message: `What answers at ${place} cannot be understood: ${plain(error)}.`,
    hint: 'Check the endpoint: another program may listen there.',
    detail,
  }
}

/** No API version in common: says which side is behind. */
export function tooOld(engineVersion: string, max: string, min: string): LinkFailure {
  const engineBehind = compareVersions(max, OWN_MIN) < 0
  return {
    reason: 'too-old',
    message: engineBehind
      ? `Docker ${engineVersion} speaks API ${max} at most; Porthole needs ${OWN_MIN}.`
      : `Docker ${engineVersion} accepts API ${min} at the lowest; Porthole speaks ${OWN_MAX} at most.`,
    hint: engineBehind ? 'Update Docker Engine to 20.10 or newer.' : 'Update Porthole.',
    detail: { version: engineVersion, max, min },
  }
}

const NETWORK_CODES = new Set([
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EHOSTDOWN',
  'ETIMEDOUT',
  'EADDRNOTAVAIL',
])

function noAddress(endpoint: ResolvedEndpoint): LinkFailure {
  const problem = endpoint.problem ?? {
    reason: 'bad-endpoint' as const,
    message: 'There is no endpoint to connect to.',
    hint: 'Name one with --endpoint.',
  }
  return {
    ...problem,
    detail: {
      address: endpoint.url,
      ...(endpoint.context === undefined ? {} : { context: endpoint.context }),
    },
  }
}

function notDocker(error: NotDocker, place: string, detail: Record<string, string>): LinkFailure {
  // What Go's server answers to plain HTTP on a TLS port.
  if (error.status === 400 && error.body.includes('HTTP request to an HTTPS server'))
    return {
      reason: 'tls',
      message: `${place} speaks TLS only.`,
      hint: 'Use https://, or set DOCKER_TLS_VERIFY=1 and DOCKER_CERT_PATH.',
      detail,
    }
  return {
    reason: 'not-docker',
    message: `An HTTP server answers at ${place}, and it is not the Docker Engine API.`,
    hint: 'Check the endpoint: another program listens there.',
    detail: { ...detail, status: String(error.status) },
  }
}

function permission(path: string): LinkFailure {
  const user = userName()
  const group = groupOf(path)
  const detail = { path, user, ...(group ? { group: group.name } : {}) }
  if (!group)
    return {
      reason: 'permission',
      message: `The user ${user} may not open ${path}.`,
      hint: 'A folder on the way, or the socket, is closed to this user; ask whoever runs this daemon.',
      detail,
    }
  if (group.name === 'root')
    return {
      reason: 'permission',
      message: `The user ${user} may not open ${path}: it belongs to root alone.`,
      hint: 'Give the socket to the group docker (the group key of daemon.json, or SocketGroup of docker.socket) and join that group; access to the socket equals root on this machine.',
      detail,
    }
  const joined = group.members.includes(user)
  return {
    reason: 'permission',
    message: `The user ${user} may not open ${path}: it belongs to the group ${group.name}.`,
    hint: joined
      ? `${user} is already in the group ${group.name}: log out and in again for it to count.`
      : `Add the user to the group (sudo usermod -aG ${group.name} ${user}), then log out and in again. Membership of that group equals root on this machine.`,
    detail,
  }
}

function noSocket(path: string): LinkFailure {
  return {
    reason: 'no-socket',
    message: existsSync(dirname(path))
      ? `There is no socket at ${path}: Docker is not running, or not installed.`
      : `There is no folder ${dirname(path)}: Docker has not run there.`,
    hint: startHint(path),
    detail: { path, service: serviceOf(path) },
  }
}

function serviceOf(path: string): string {
  return path.startsWith('/run/user/') ? 'user' : 'docker'
}

function startHint(path: string): string {
  if (path.includes('/.docker/desktop/')) return 'Start Docker Desktop.'
  if (path.startsWith('/run/user/')) return 'Start it with: systemctl --user start docker'
  if (path !== '/var/run/docker.sock' && path !== '/run/docker.sock')
    return 'Start the daemon that listens there, or name another endpoint.'
  const unit = [
    '/etc/systemd/system/docker.service',
    '/lib/systemd/system/docker.service',
    '/usr/lib/systemd/system/docker.service',
  ].some((file) => existsSync(file))
  return unit || existsSync('/usr/bin/dockerd') || existsSync('/usr/sbin/dockerd')
    ? 'Start it with: sudo systemctl start docker'
    : 'Install Docker Engine (docs.docker.com/engine/install), then: sudo systemctl start docker'
}

function userName(): string {
  try {
    return userInfo().username
  } catch {
    return String(process.getuid?.() ?? 'unknown')
  }
}

/** The socket's group with its members; undefined when the socket cannot be looked at. */
function groupOf(path: string): { name: string; members: string[] } | undefined {
  try {
    const gid = String(statSync(path).gid)
    const line = readFileSync('/etc/group', 'utf8')
      .split('\n')
      .find((text) => text.split(':')[2] === gid)
    const [name, , , members] = line?.split(':') ?? []
    return { name: name ?? gid, members: members?.split(',') ?? [] }
  } catch {
    return undefined
  }
}

function plain(error: unknown): string {
  return error instanceof Error
    ? error.message.split('\n')[0]?.replace(/[.\s]+$/, '') || error.name
    : String(error)
}
