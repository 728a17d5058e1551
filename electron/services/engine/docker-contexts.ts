import { createHash } from 'node:crypto'
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import type { EndpointProblem } from './endpoint'

/** Where the certificates of an endpoint lie. */
export interface TlsFiles {
  ca: string
  cert: string
  key: string
  verify: boolean
  /** Whether a missing file is an error rather than "not given". */
  required: boolean
}

/** Folder of the docker command line's own settings: `$DOCKER_CONFIG` or `~/.docker`. */
export function configFolder(env: NodeJS.ProcessEnv): string {
  return env['DOCKER_CONFIG'] || join(env['HOME'] || homedir(), '.docker')
}

/** `currentContext` of config.json; undefined when there is none, a problem when the file is broken. */
export function currentContext(env: NodeJS.ProcessEnv): string | { problem: EndpointProblem } | undefined {
  const file = join(configFolder(env), 'config.json')
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch {
    // Absent, or of another user: the docker command line goes on without it too.
    return undefined
  }
  try {
    const name = member(JSON.parse(text), 'currentContext')
    return typeof name === 'string' && name !== '' ? name : undefined
  } catch {
    return {
      problem: {
        reason: 'bad-endpoint',
        message: `${file} is not valid JSON, so the current docker context is unknown.`,
        hint: 'Repair that file, or name the daemon with --endpoint or DOCKER_HOST.',
      },
    }
  }
}

/** Names of the contexts stored on this machine; unreadable ones are left out. */
export function listContexts(env: NodeJS.ProcessEnv): string[] {
  const folder = join(configFolder(env), 'contexts/meta')
  const names: string[] = []
  let ids: string[]
  try {
    ids = readdirSync(folder)
  } catch {
    return []
  }
  for (const id of ids) {
    try {
      const name = member(JSON.parse(readFileSync(join(folder, id, 'meta.json'), 'utf8')), 'Name')
      if (typeof name === 'string' && name !== '' && contextId(name) === id) names.push(name)
    } catch {
      // Without its name there is nothing to offer; choosing it by name explains what is wrong.
    }
  }
  return names.sort()
}

/** A context's docker endpoint, or why it has none. */
export function readContext(
  name: string,
  env: NodeJS.ProcessEnv,
): { host: string; tls: TlsFiles | undefined } | { problem: EndpointProblem } {
  const id = contextId(name)
  const file = join(configFolder(env), 'contexts/meta', id, 'meta.json')
  const problem = (message: string): { problem: EndpointProblem } => ({
    problem: {
      reason: 'bad-endpoint',
      message,
      hint: 'See `docker context ls`, choose another with `docker context use`, or name the daemon with --endpoint.',
    },
  })
  let endpoint: unknown
  try {
    endpoint = member(member(JSON.parse(readFileSync(file, 'utf8')), 'Endpoints'), 'docker')
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code === 'ENOENT' || code === 'ENOTDIR') return problem(`There is no docker context named "${name}".`)
    return problem(`The file of docker context "${name}" (${file}) cannot be read.`)
  }
  const host = member(endpoint, 'Host')
  if (typeof host !== 'string' || host === '')
    return problem(`The docker context "${name}" names no docker host.`)
  const folder = join(configFolder(env), 'contexts/tls', id, 'docker')
  const skip = member(endpoint, 'SkipTLSVerify') === true
  if (!existsSync(folder) && !skip) return { host, tls: undefined }
  return {
    host,
    tls: {
      ca: join(folder, 'ca.pem'),
      cert: join(folder, 'cert.pem'),
      key: join(folder, 'key.pem'),
      verify: !skip,
      required: false,
    },
  }
}

/** The docker command line stores a context under the SHA-256 of its name. */
function contextId(name: string): string {
  return createHash('sha256').update(name).digest('hex')
}

function member(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined
  return (value as Record<string, unknown>)[key]
}
