import type { EngineHttp } from '../engine'
import type { RawEvent } from './parse'

/** Containers and execs remembered at most; a host with more has to be asked again. */
const MAX_CONTAINERS = 4_096
const MAX_EXECS = 4_096
/** An event may wait this long for the answer about its container, in milliseconds. */
const LOOKUP_MS = 1_000
/** Questions to the engine at once. */
const LOOKUPS = 8

/**
 * Tells the execs of health checks from those of people.
 *
 * dockerd does not say it in the event, but it builds the command of a probe from the container's
 * `Config.Healthcheck.Test` (daemon/health.go): behind `CMD` as it stands, behind `CMD-SHELL` with
 * `Config.Shell` or `/bin/sh -c` before it; and the action is `exec_create: ` with the words of the
 * command joined by blanks. So one question per container decides: an exec whose command is that
 * text is a probe, and its `execID` marks the `exec_die` that follows. An exec that a person starts
 * with the very same command is taken for a probe too; nothing in the API tells them apart.
 */
export class HealthChecks {
  /** Command of a container's probe; null when it has none or is gone. */
  readonly #commands = new Map<string, string | null>()
  readonly #execs = new Map<string, boolean>()
  /** Containers the engine could not be asked about this time. */
  readonly #unsure = new Set<string>()

  /** Containers whose probe must be known before `events` can be judged. */
  unknownContainers(events: readonly RawEvent[]): string[] {
    const unknown = new Set<string>()
    for (const event of events)
      if (isExecStart(event) && !this.#commands.has(event.id) && !this.#unsure.has(event.id))
        unknown.add(event.id)
    return [...unknown]
  }

  /** Asks the engine about containers. Without an answer they count as having no probe until `forgetUnsure`. */
  async learn(ids: readonly string[], http: EngineHttp | undefined): Promise<void> {
    const queue = [...ids]
    const worker = async (): Promise<void> => {
      for (let id = queue.shift(); id !== undefined; id = queue.shift()) await this.#ask(id, http)
    }
    await Promise.all(Array.from({ length: Math.min(LOOKUPS, ids.length) }, worker))
  }

  /** Lets the next event of a container whose question failed ask again. */
  forgetUnsure(): void {
    this.#unsure.clear()
  }

  /** Whether an event belongs to a health check. Call in the order of the events, after `learn`. */
  judge(event: RawEvent): boolean {
    if (event.type !== 'container') return false
    if (event.action.startsWith('health_status')) return true
    if (event.action === 'destroy') this.#commands.delete(event.id)
    const execId = event.attributes['execID'] ?? ''
    if (isExecStart(event)) {
      const command = event.action.slice(event.action.indexOf(': ') + 2)
      const probe = this.#commands.get(event.id) === command
      if (execId !== '') {
        if (this.#execs.size >= MAX_EXECS) dropFirst(this.#execs)
        this.#execs.set(execId, probe)
      }
      return probe
    }
    if (event.action === 'exec_die' || event.action === 'exec_detach') {
      const probe = this.#execs.get(execId) ?? false
      if (event.action === 'exec_die') this.#execs.delete(execId)
      return probe
    }
    return false
  }

  async #ask(id: string, http: EngineHttp | undefined): Promise<void> {
    const command = http ? await askCommand(id, http) : undefined
    if (command === undefined) {
      this.#unsure.add(id)
      return
    }
    if (this.#commands.size >= MAX_CONTAINERS) dropFirst(this.#commands)
    this.#commands.set(id, command)
  }
}

function isExecStart(event: RawEvent): boolean {
  return (
    event.type === 'container' &&
    (event.action.startsWith('exec_create: ') || event.action.startsWith('exec_start: '))
  )
}

function dropFirst(map: Map<string, unknown>): void {
  const first = map.keys().next()
  if (first.done !== true) map.delete(first.value)
}

/** Undefined when there was no answer. */
async function askCommand(id: string, http: EngineHttp): Promise<string | null | undefined> {
  try {
    const answer = await http.get(`/containers/${encodeURIComponent(id)}/json`, { timeoutMs: LOOKUP_MS })
    // Gone: whatever its probe was, there will be no more of it.
    if (answer.status === 404) return null
    if (answer.status !== 200) return undefined
    const { Config } = JSON.parse(answer.body) as { Config?: HealthConfig }
    return probeCommand(Config ?? {})
  } catch {
    return undefined
  }
}

export interface HealthConfig {
  Healthcheck?: { Test?: string[] | null } | null
  Shell?: string[] | null
}

/** The text of a probe in `exec_create: TEXT`; null when there is none. */
export function probeCommand(config: HealthConfig): string | null {
  const [kind, ...words] = config.Healthcheck?.Test ?? []
  // dockerd writes the first word, a blank and the rest joined: a lone word keeps its blank.
  const text = (all: string[]): string | null =>
    all[0] === undefined ? null : `${all[0]} ${all.slice(1).join(' ')}`
  if (kind === 'CMD') return text(words)
  if (kind === 'CMD-SHELL')
    return text([...(config.Shell?.length ? config.Shell : ['/bin/sh', '-c']), ...words])
  return null
}
