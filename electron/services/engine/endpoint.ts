import { existsSync, readFileSync } from 'node:fs'
import { homedir, userInfo } from 'node:os'
import { join } from 'node:path'
import type { z } from 'zod'
import type {
  Endpoint as EndpointSchema,
  EndpointSource as SourceSchema,
} from '../../contract/subjects/engine'
import { configFolder, currentContext, listContexts, readContext, type TlsFiles } from './docker-contexts'
import { AppError } from '../../contract/errors'

export type EndpointSource = z.infer<typeof SourceSchema>
export type EndpointEntry = z.infer<typeof EndpointSchema>

/** Where to connect to, ready for `node:http` and `node:https`. */
export type Address =
  { kind: 'unix'; path: string } | { kind: 'tcp'; host: string; port: number; tls: Tls | undefined }

export interface Tls {
  ca?: string
  cert?: string
  key?: string
  /** False for a context with SkipTLSVerify, or DOCKER_TLS without DOCKER_TLS_VERIFY. */
  verify: boolean
}

/** What is known without connecting: an address, or why there is none. */
export interface ResolvedEndpoint {
  url: string
  source: EndpointSource
  context?: string
  address?: Address
  problem?: EndpointProblem
}

/** `tls` when the address is fine and its certificates are not. */
export interface EndpointProblem {
  reason: 'bad-endpoint' | 'tls'
  message: string
  hint: string
}

export interface EndpointOptions {
  endpoint?: string
  env: NodeJS.ProcessEnv
  sandbox?: { socketPath: string }
  /** A private daemon that came later: it can be chosen, and is never turned to by itself. */
  lent?: { socketPath: string } | undefined
}

/**
 * The endpoint to use, by the docker command line's order: the flag, DOCKER_HOST, DOCKER_CONTEXT,
 * the current context, then the first socket of this machine that exists (rootful, rootless,
 * Desktop), the rootful one when none does. A sandbox of our own goes before all. Never throws.
 */
export function resolveEndpoint(options: EndpointOptions): ResolvedEndpoint {
  const { env } = options
  if (options.sandbox) return fromUrl(`unix://${options.sandbox.socketPath}`, 'sandbox', env)
  if (options.endpoint !== undefined) return fromUrl(options.endpoint, 'flag', env)
  if (env['DOCKER_HOST']) return fromUrl(env['DOCKER_HOST'], 'environment', env)
  const name = env['DOCKER_CONTEXT'] || currentContext(env)
  if (typeof name === 'object') return { url: '', source: 'context', problem: name.problem }
  if (name !== undefined && name !== 'default') return fromContext(name, env)
  const sockets = machineSockets(env)
  const present = sockets.find((socket) => socket.present) ?? sockets[0]
  return fromUrl(`unix://${present?.path ?? ROOTFUL}`, 'default', env)
}

/** Every endpoint this machine knows; the one in use is marked and always among them. */
export function listEndpoints(options: EndpointOptions, active: ResolvedEndpoint): EndpointEntry[] {
  const { env } = options
  const entries: EndpointEntry[] = []
  const add = (endpoint: ResolvedEndpoint, name: string): void => {
    const isActive = endpoint.url === active.url && (endpoint.context ?? '') === (active.context ?? '')
    const twin = entries.find((entry) => entry.url === endpoint.url && entry.name === name)
    if (twin) return
    entries.push({
      url: endpoint.url,
      source: endpoint.source,
      name,
      ...(endpoint.address?.kind === 'unix' ? { present: existsSync(endpoint.address.path) } : {}),
      active: isActive && !entries.some((entry) => entry.active),
      ...(endpoint.problem ? { problem: endpoint.problem.message } : {}),
    })
  }
  if (options.sandbox) add(fromUrl(`unix://${options.sandbox.socketPath}`, 'sandbox', env), 'sandbox')
  if (options.lent) add(fromUrl(`unix://${options.lent.socketPath}`, 'sandbox', env), 'sandbox')
  if (options.endpoint !== undefined) add(fromUrl(options.endpoint, 'flag', env), 'flag')
  if (env['DOCKER_HOST']) add(fromUrl(env['DOCKER_HOST'], 'environment', env), 'environment')
  for (const socket of machineSockets(env))
    if (socket.present || socket.name === 'system')
      add(fromUrl(`unix://${socket.path}`, 'default', env), socket.name)
  for (const name of listContexts(env)) add(fromContext(name, env), name)
  if (!entries.some((entry) => entry.active)) {
    const named = active.context ?? active.source
    entries.unshift({
      url: active.url,
      source: active.source,
      name: named,
      ...(active.address?.kind === 'unix' ? { present: existsSync(active.address.path) } : {}),
      active: true,
      ...(active.problem ? { problem: active.problem.message } : {}),
    })
  }
  return entries
}

/**
 * One of the known endpoints, by URL and, where several share it, name.
 * Throws `engine/bad-endpoint` for any other and for one that cannot be used: whoever may write
 * may not thereby make this program connect to an address of his choice.
 */
export function chooseEndpoint(
  options: EndpointOptions,
  active: ResolvedEndpoint,
  wanted: { url: string; name?: string | undefined },
): ResolvedEndpoint {
  const entry = listEndpoints(options, active).find(
    (known) => known.url === wanted.url && (wanted.name === undefined || known.name === wanted.name),
  )
  if (!entry)
    throw new AppError('engine/bad-endpoint', `${wanted.url} is not one of the endpoints known here.`, {
      hint: 'Choose one of those engine.contexts lists, make a docker context for it, or start Porthole with --endpoint.',
      detail: { address: wanted.url },
    })
  const endpoint =
    entry.source === 'context'
      ? fromContext(entry.name, options.env)
      : fromUrl(entry.url, entry.source, options.env)
  if (endpoint.problem)
    throw new AppError('engine/bad-endpoint', endpoint.problem.message, {
      hint: endpoint.problem.hint,
      detail: { address: entry.url },
    })
  return { ...endpoint, source: entry.source === 'sandbox' ? 'sandbox' : 'chosen' }
}

const ROOTFUL = '/var/run/docker.sock'

interface MachineSocket {
  name: 'system' | 'rootless' | 'desktop'
  path: string
  present: boolean
}

function machineSockets(env: NodeJS.ProcessEnv): MachineSocket[] {
  const rootful = existsSync(ROOTFUL) || !existsSync('/run/docker.sock') ? ROOTFUL : '/run/docker.sock'
  const sockets: MachineSocket[] = [{ name: 'system', path: rootful, present: existsSync(rootful) }]
  const add = (name: MachineSocket['name'], path: string): void => {
    if (!sockets.some((socket) => socket.path === path))
      sockets.push({ name, path, present: existsSync(path) })
  }
  if (env['XDG_RUNTIME_DIR']) add('rootless', join(env['XDG_RUNTIME_DIR'], 'docker.sock'))
  const person = sudoPerson(env)
  if (person) add('rootless', `/run/user/${person.uid}/docker.sock`)
  add('desktop', join(env['HOME'] || homedir(), '.docker/desktop/docker.sock'))
  if (person) add('desktop', join(person.home, '.docker/desktop/docker.sock'))
  return sockets
}

/** Who typed sudo: root's own session has no rootless daemon, that person's may. */
function sudoPerson(env: NodeJS.ProcessEnv): { uid: string; home: string } | undefined {
  const uid = env['SUDO_UID']
  if (process.getuid?.() !== 0 || uid === undefined || !/^\d+$/.test(uid) || uid === '0') return undefined
  try {
    const line = readFileSync('/etc/passwd', 'utf8')
      .split('\n')
      .find((text) => text.split(':')[2] === uid)
    return { uid, home: line?.split(':')[5] || `/home/${env['SUDO_USER'] ?? userInfo().username}` }
  } catch {
    return undefined
  }
}

function fromContext(name: string, env: NodeJS.ProcessEnv): ResolvedEndpoint {
  const context = readContext(name, env)
  if ('problem' in context) return { url: '', source: 'context', context: name, problem: context.problem }
  const parsed = parseAddress(context.host, context.tls)
  return { url: context.host, source: 'context', context: name, ...parsed }
}

function fromUrl(url: string, source: EndpointSource, env: NodeJS.ProcessEnv): ResolvedEndpoint {
  const parsed = parseAddress(url, environmentTls(env))
  return { url: parsed.address?.kind === 'unix' ? `unix://${parsed.address.path}` : url, source, ...parsed }
}

/** TLS as the docker command line takes it from the environment; only tcp endpoints look at it. */
function environmentTls(env: NodeJS.ProcessEnv): TlsFiles | undefined {
  const verify = Boolean(env['DOCKER_TLS_VERIFY'])
  if (!verify && !env['DOCKER_TLS']) return undefined
  const folder = env['DOCKER_CERT_PATH'] || configFolder(env)
  return {
    ca: join(folder, 'ca.pem'),
    cert: join(folder, 'cert.pem'),
    key: join(folder, 'key.pem'),
    verify,
    required: env['DOCKER_CERT_PATH'] !== undefined && verify,
  }
}

function bad(message: string, hint: string): { problem: EndpointProblem } {
  return { problem: { reason: 'bad-endpoint', message, hint } }
}

const FORMS = 'Write it as unix:///path/to/docker.sock, tcp://host:port or https://host:port.'

/** Reads `unix://`, `tcp://`, `http(s)://`; says why for everything else. */
export function parseAddress(
  text: string,
  tlsFiles: TlsFiles | undefined,
): { address?: Address; problem?: EndpointProblem } {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text)?.[1]?.toLowerCase()
  if (scheme === 'unix') {
    const path = text.slice('unix://'.length) || ROOTFUL
    if (!path.startsWith('/')) return bad(`${text} is not an absolute path.`, FORMS)
    // sockaddr_un holds 108 bytes, the last of them a zero (unix(7)).
    if (Buffer.byteLength(path) > 107)
      return bad(
        `The socket path in ${text} is longer than the 107 bytes Linux allows.`,
        'Link it from a shorter path.',
      )
    return { address: { kind: 'unix', path } }
  }
  if (scheme === 'ssh')
    return bad(
      'Porthole does not speak ssh:// itself.',
      'Forward the socket, for example `ssh -nNT -L /tmp/remote.sock:/var/run/docker.sock USER@HOST`, and use unix:///tmp/remote.sock.',
    )
  if (scheme === 'npipe')
    return bad('Named pipes (npipe://) exist on Windows only.', 'On this machine a unix:// socket is used.')
  if (scheme === 'fd') return bad('fd:// is where dockerd listens, not an address to connect to.', FORMS)
  if (scheme !== 'tcp' && scheme !== 'http' && scheme !== 'https')
    return bad(text === '' ? 'The endpoint is empty.' : `${text} is not an endpoint Porthole knows.`, FORMS)
  let url: URL
  try {
    url = new URL(text.replace(/^[a-z]+:/i, 'http:'))
  } catch {
    return bad(`${text} is not a valid address.`, FORMS)
  }
  if (url.username !== '' || url.password !== '' || url.pathname !== '/' || url.search !== '')
    return bad(`${text} has more than a host and a port.`, FORMS)
  const secure = scheme === 'https' || (scheme === 'tcp' && tlsFiles !== undefined)
  let tls: Tls | undefined
  if (secure) {
    const read = readTls(tlsFiles)
    if ('problem' in read) return read
    tls = read
  }
  const host = url.hostname.replace(/^\[|\]$/g, '')
  // `new URL` leaves out port 80 when it is the scheme's own.
  const stated = /:(\d+)\/?$/.exec(text)?.[1]
  const port = stated === undefined ? (secure ? 2376 : 2375) : Number(stated)
  return { address: { kind: 'tcp', host, port, tls } }
}

function readTls(files: TlsFiles | undefined): Tls | { problem: EndpointProblem } {
  if (!files) return { verify: true }
  const tls: Tls = { verify: files.verify }
  for (const part of ['ca', 'cert', 'key'] as const) {
    try {
      tls[part] = readFileSync(files[part], 'utf8')
    } catch (error) {
      const missing = (error as NodeJS.ErrnoException).code === 'ENOENT'
      if (missing && !files.required) continue
      return {
        problem: {
          reason: 'tls',
          message: `The TLS file ${files[part]} ${missing ? 'is missing' : 'cannot be read'}.`,
          hint: 'TLS needs ca.pem, cert.pem and key.pem in one folder: see DOCKER_CERT_PATH or the docker context.',
        },
      }
    }
  }
  return tls
}
