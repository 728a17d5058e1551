import type { Connection, EngineAnswer } from './connection'
import { NotDocker, PingRefused, classify, tooOld, type LinkFailure } from './failure'
import type { ResolvedEndpoint } from './endpoint'
import { negotiate } from './versions'

/** How long a listener may be silent before the link counts as down, in milliseconds. */
export const SILENCE_MS = 3_000

/** `/version`, as far as it is used. */
export interface EngineVersion {
  Version?: string
  ApiVersion?: string
  MinAPIVersion?: string
  Os?: string
  Arch?: string
  KernelVersion?: string
  Components?: { Name?: string; Version?: string }[] | null
}

/** A link that stands: what is spoken on it, and what the engine said of itself. */
export interface Contact {
  connection: Connection
  /** The negotiated version, for example `1.41`. */
  apiVersion: string
  version: EngineVersion
  /** The `Server` header, by which Podman is told from dockerd. */
  server: string
}

export type ProbeResult = { ok: true; contact: Contact } | { ok: false; failure: LinkFailure }

/** `/_ping` on the heartbeat connection. Throws what `classify` understands. */
export async function ping(connection: Connection): Promise<EngineAnswer> {
  const answer = await connection.beat(SILENCE_MS)
  if (answer.headers['api-version'] === undefined)
    throw new NotDocker(answer.status, answer.body.slice(0, 500))
  if (answer.status >= 400) throw new PingRefused(sentence(answer.body) || `HTTP ${answer.status}`)
  return answer
}

/**
 * One attempt: `/_ping` and `/version` side by side, then the negotiation. Both are asked without
 * a version in the path, which every engine answers whatever it supports.
 */
export async function probe(connection: Connection, endpoint: ResolvedEndpoint): Promise<ProbeResult> {
  try {
    const asked = connection.get('/version', { timeoutMs: SILENCE_MS })
    // Its failure counts only if the ping's does not come first.
    asked.catch(() => undefined)
    const pinged = await ping(connection)
    const answered = await asked
    if (answered.status !== 200) throw new PingRefused(sentence(answered.body) || `HTTP ${answered.status}`)
    const version = readVersion(answered.body)
    const max = String(version.ApiVersion ?? pinged.headers['api-version'])
    const min = version.MinAPIVersion || '1.12'
    const apiVersion = negotiate(max, min)
    if (apiVersion === undefined) return { ok: false, failure: tooOld(version.Version ?? '?', max, min) }
    const server = String(pinged.headers['server'] ?? '')
    return { ok: true, contact: { connection, apiVersion, version, server } }
  } catch (error) {
    return { ok: false, failure: classify(error, endpoint) }
  }
}

function readVersion(body: string): EngineVersion {
  let value: unknown
  try {
    value = JSON.parse(body)
  } catch {
    throw new NotDocker(200, body.slice(0, 500))
  }
  if (typeof value !== 'object' || value === null) throw new NotDocker(200, body.slice(0, 500))
  return value
}

function sentence(body: string): string {
  try {
    const message = (JSON.parse(body) as { message?: unknown } | null)?.message
    if (typeof message === 'string') return message.slice(0, 300)
  } catch {
    // Not JSON: the text itself is the message.
  }
  return body.split('\n')[0]?.slice(0, 300) ?? ''
}
