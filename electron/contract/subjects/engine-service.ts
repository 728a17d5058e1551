import { z } from 'zod'
import { request } from '../define'
import { ApplyStep, Change, Evidence, Problem } from './config'

/**
 * Who starts and stops dockerd: systemd (system or user manager), a sysv script, a snap, Docker
 * Desktop, a plain process that somebody started, or nobody that Porthole knows.
 */
export const Manager = z.enum(['systemd', 'systemd-user', 'sysv', 'snap', 'desktop', 'process', 'none'])

export const ServiceState = z.object({
  manager: Manager,
  /** Name of the unit or script, for example `docker.service`. */
  unit: z.string().optional(),
  /** systemd's own words: `active`, `failed`, `inactive`, `activating`. */
  activeState: z.string().optional(),
  subState: z.string().optional(),
  /** Why the last run ended: `exit-code`, `start-limit-hit`, `success`, … */
  result: z.string().optional(),
  /** Automatic restarts since the last deliberate start. */
  restarts: z.int().optional(),
  /** A socket unit would start the engine again at the next connection. */
  socketUnit: z.string().optional(),
  /** pid of dockerd while it runs. */
  pid: z.int().optional(),
  /** Whether Porthole could start, stop or restart it, and what with. */
  control: z.enum(['process', 'helper', 'none']),
})

/** The daemon is down, or will not come up again with its file as it is. */
export const Recovery = z.object({
  /** `running`; `broken-file`: it runs and would not start with this file; `down`; `failing`: it is started again and again. */
  state: z.enum(['running', 'broken-file', 'down', 'failing']),
  service: ServiceState,
  /** The last fatal line of dockerd's log since its last start. */
  fatal: z
    .object({
      at: z.string().optional(),
      /** dockerd's own words, masked. */
      raw: z.string(),
      /** Stable name for a translated sentence, and its values. */
      code: z.string(),
      detail: z.record(z.string(), z.string()).optional(),
      /** Plain English sentence. */
      message: z.string(),
    })
    .optional(),
  /** What is wrong with the file, the key and line of `fatal` first. */
  problems: z.array(Problem),
  /** The last change that could be undone. */
  undo: z.object({ id: z.string(), at: z.string(), changes: z.array(Change) }).optional(),
})

/** What has become of a dockerd that was started, stopped, restarted or reloaded, and by what that is known. */
export const Lifecycle = z.object({
  outcome: z.enum(['done', 'failed']),
  evidence: Evidence,
  steps: z.array(ApplyStep),
  problems: z.array(Problem),
})

const lifecycle = () =>
  request({ access: 'admin', input: z.strictObject({}), output: Lifecycle, timeoutMs: 300_000 })

export const engineService = {
  /** Who runs dockerd and in what state that is; asked of the service manager, not of the engine. */
  'engine.service': request({ access: 'read', input: z.strictObject({}), output: ServiceState }),
  /** Whether the daemon needs help, why, and what can be done. Needs no running engine. */
  'engine.recovery': request({ access: 'read', input: z.strictObject({}), output: Recovery }),
  /** Has dockerd read its file again; proven by its `reload` event. Throws `engine/no-process`, `config/busy`, `helper/*`. */
  'engine.reload': lifecycle(),
  /**
   * Stops dockerd and starts it anew; proven by the API answering and, with live-restore, by the
   * same containers still running. Throws `engine/no-manager`, `config/busy` while daemon.json is
   * changed or somebody else does the same, `helper/*`.
   */
  'engine.restart': lifecycle(),
  /** Starts dockerd, past a start limit too. Throws `engine/no-manager`, `config/busy`, `helper/*`. */
  'engine.start': lifecycle(),
  /** Stops dockerd and the socket unit that would start it again. Throws `engine/no-manager`, `config/busy`, `helper/*`. */
  'engine.stop': lifecycle(),
}
