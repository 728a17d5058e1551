import { z } from 'zod'
import { request, stream } from '../define'

/** Most text of a daemon.json that is accepted, in characters. */
const Text = z.string().max(512 * 1024)

/**
 * Where a change of a key is felt. `live`: at once, after a reload; `restart`: after dockerd has
 * started anew; `new-containers`, `new-networks`: only by those made afterwards; `hides-data`:
 * images and containers made before disappear from view and stay on disk; `dangerous`: a reload
 * can end dockerd; `ignored`: this engine accepts the key and does nothing.
 */
export const TakesEffect = z.enum([
  'live',
  'restart',
  'new-containers',
  'new-networks',
  'hides-data',
  'dangerous',
  'ignored',
])

/** What brings a change into force. */
export const Needs = z.enum(['nothing', 'reload', 'restart'])

/**
 * What a reload does with a key that is not in the file any more: `kept`, the running value stays
 * until a restart; `default`, it goes back to the default; `restart`, the key is read at start.
 */
export const WhenRemoved = z.enum(['kept', 'default', 'restart'])

export const Problem = z.object({
  /** `error`: this engine would refuse the file; `warning`: it starts and hurts later; `info`. */
  severity: z.enum(['error', 'warning', 'info']),
  /** Stable name of the kind of fault, for example `json/syntax`, `key/unknown`. */
  code: z.string(),
  message: z.string(),
  hint: z.string().optional(),
  /** Values for a translated text. */
  detail: z.record(z.string(), z.string()).optional(),
  key: z.string().optional(),
  /** 1-based. */
  line: z.int().optional(),
  /** 1-based, in characters. */
  column: z.int().optional(),
  /** Who says so: Porthole's own check, `dockerd --validate`, a scratch dockerd (`trial`), or a refusal
   * on the way (`apply`). */
  source: z.enum(['static', 'validate', 'trial', 'apply']),
})

export const Change = z.object({
  key: z.string(),
  /** Absent when the key was not there. */
  before: z.unknown().optional(),
  after: z.unknown().optional(),
  takesEffect: TakesEffect,
  needs: Needs,
  /**
   * Of a removed key whose running value a reload keeps: the value to write in its place, so that
   * the reload undoes it.
   */
  instead: z.unknown().optional(),
  /** What the reader should know of this very change, in English. */
  note: z.string().optional(),
  /** Stable name of the note for a translated text, and its values in `detail`. */
  noteCode: z.string().optional(),
  detail: z.record(z.string(), z.string()).optional(),
})

/** Where exactly a value comes from; what is there depends on the source. */
export const Provenance = z.object({
  /** daemon.json, or the file of the unit with the flag or the variable. */
  path: z.string().optional(),
  /** The flag as dockerd got it, without secrets: `--log-level warn`. */
  flag: z.string().optional(),
  /** Variable of dockerd's environment, or the one its unit takes flags from. */
  variable: z.string().optional(),
  /**
   * Who tells what runs: `/info`; the `event` of the last reload; what dockerd printed of itself
   * after one (`dump`); the file as it was when it started (`start`).
   */
  told: z.enum(['info', 'event', 'dump', 'start']).optional(),
})

export const EffectiveOption = z.object({
  key: z.string(),
  /** What is in force; null where that is the engine's own affair. Passwords of proxies are masked. */
  value: z.unknown(),
  /**
   * Who has the say. `drop-in`: a flag that stands in a drop-in of the systemd unit; `engine`: it
   * runs with another value than the file, the flags and the environment ask for.
   */
  source: z.enum(['default', 'file', 'flag', 'drop-in', 'environment', 'engine']),
  from: Provenance.optional(),
  /** Value the file holds, when it has the key. */
  inFile: z.unknown().optional(),
  /** The file says one thing and the running engine does another. */
  drift: z.boolean().optional(),
  /**
   * Why: the change waits for a restart or a reload (`needs-…`); the key was removed and a reload
   * keeps its value (`left-over`); a variable goes before the file (`overridden`); a reload has
   * taken back what a flag had set (`reset`). `unsure` is no drift: the file has changed since
   * the start, and whether this key did is not known.
   */
  why: z.enum(['needs-restart', 'needs-reload', 'left-over', 'overridden', 'reset', 'unsure']).optional(),
})

/** Proof of what happened, for people and for tests. */
export const Evidence = z.object({
  /** The `daemon reload` event that proved it, as the engine sent it. */
  event: z.record(z.string(), z.unknown()).optional(),
  /** What a restart came to. */
  restart: z
    .object({
      pidBefore: z.int().optional(),
      pidAfter: z.int().optional(),
      /** From the signal to the first answer of the API, in milliseconds. */
      answeredMs: z.number().optional(),
      /** Names of containers that ran before, by what became of them. */
      kept: z.array(z.string()),
      stopped: z.array(z.string()),
      /** Running again, because their restart policy says so. */
      restarted: z.array(z.string()),
    })
    .optional(),
  /** Lines worth reading: signals sent, files written, what dockerd answered. */
  log: z.array(z.string()),
})

export const ApplyStep = z.object({
  step: z.enum([
    'authorize',
    'check',
    'validate',
    'trial',
    'backup',
    'write',
    'activate',
    'verify',
    'rollback',
  ]),
  state: z.enum(['running', 'done', 'failed', 'skipped']),
  at: z.string(),
  detail: z.string().optional(),
})

export const ApplyResult = z.object({
  /**
   * `applied`: in force, and proven; `rolled-back`: the proof did not come and the previous file is
   * back; `rejected`: nothing was written.
   */
  outcome: z.enum(['applied', 'rolled-back', 'rejected']),
  /** File name of the backup of what was there before. */
  backupId: z.string().optional(),
  evidence: Evidence,
  problems: z.array(Problem).optional(),
  steps: z.array(ApplyStep),
  /** Hash of the file as it now is. */
  hash: z.string(),
})

/** How a text comes into force: `restart` also starts an engine that is down. */
export const Activate = z.enum(['reload', 'restart', 'none'])

export const ConfigFile = z.object({
  /** Absolute path of daemon.json as this daemon reads it. */
  path: z.string(),
  exists: z.boolean(),
  /** Content, decoded as UTF-8; empty when it does not exist or could not be read. */
  text: z.string(),
  /** sha256 of the bytes in hex, or `absent`; what `config.apply` wants as `baseHash`. */
  hash: z.string(),
  readable: z.boolean(),
  /** Whether Porthole could change it, in process or through the helper. */
  writable: z.boolean(),
  /** How: as this user, through the privileged helper, or not at all. */
  writeThrough: z.enum(['process', 'helper', 'none']),
  /** Target when the path is a symbolic link, which is never written through. */
  linkTarget: z.string().optional(),
  /** Octal permission bits, for example `0644`. */
  mode: z.string().optional(),
  modifiedAt: z.string().optional(),
  /** Faults of the file as it is. */
  problems: z.array(Problem),
  effective: z.array(EffectiveOption),
  /** Options dockerd was started with, from its real command line. */
  flags: z.array(z.object({ flag: z.string(), key: z.string().optional(), value: z.string() })),
  /** Where the flags come from: systemd unit or plain process, when known. */
  unit: z.string().optional(),
})

export const config = {
  /** daemon.json as it is, what is in force, and the flags dockerd runs with. */
  'config.read': request({ access: 'read', input: z.strictObject({}), output: ConfigFile }),
  /** An item whenever the file or what is in force changes; the first at once. */
  'config.watch': stream({
    access: 'read',
    input: z.strictObject({}),
    item: z.object({ hash: z.string(), exists: z.boolean(), drift: z.array(z.string()) }),
    overflow: 'latest',
    resume: 'restart',
  }),
  /**
   * Sets and removes top-level keys of a text and keeps everything else as it is written: order,
   * indentation, unknown keys. Throws `config/invalid` for a text that is not plain JSON.
   */
  'config.edit': request({
    access: 'read',
    input: z.strictObject({
      text: Text,
      set: z.record(z.string().min(1).max(200), z.json()).optional(),
      unset: z.array(z.string().min(1).max(200)).max(200).optional(),
    }),
    output: z.object({ text: z.string() }),
  }),
  /** What this engine would say to the text at its next start, and what it would change. */
  'config.check': request({
    access: 'read',
    input: z.strictObject({ text: Text, depth: z.enum(['static', 'validate', 'trial']).default('static') }),
    output: z.object({
      /** False exactly when this engine would refuse the file at its next start. */
      ok: z.boolean(),
      problems: z.array(Problem),
      changes: z.array(Change),
      /** False when `validate` was asked for and this dockerd has no `--validate` (before 23.0). */
      validated: z.boolean(),
      /** What brings all of the changes into force. */
      needs: Needs,
      /** What a restart would do to the containers that run now, by name; absent when that is not known. */
      impact: z.object({ stops: z.array(z.string()), keeps: z.array(z.string()) }).optional(),
      /** The scratch start, when `trial` was asked for. */
      trial: z
        .object({
          /** `skipped`: the checks before it had found an error, or it cannot be done here; `problems` say. */
          verdict: z.enum(['started', 'refused', 'skipped']),
          durationMs: z.number(),
          /** Keys that were left out because a scratch daemon cannot try them. */
          leftOut: z.array(z.string()),
          /** Lines of the scratch daemon worth reading. */
          log: z.array(z.string()),
        })
        .optional(),
    }),
    // A password dialog may come first; the scratch daemon itself has 20 s.
    timeoutMs: 120_000,
  }),
  /**
   * Writes the text as daemon.json and brings it into force: check, backup, atomic write, then
   * SIGHUP with the `daemon reload` event as proof, or a restart with the API answering and the
   * containers that live-restore promised still running; else the previous file back, and the
   * engine with it. `problems` say why (a dismissed password dialog too), and what of it a reload
   * cannot do. Once begun it is finished or undone, whatever becomes of the caller.
   * Throws `config/changed-underneath` when the file is not the one of `baseHash`, with what was
   * changed as a unified diff in `detail.diff`; `config/symlink`, `config/busy`, `engine/no-process`,
   * `engine/no-manager`, `helper/unavailable`, `helper/path-refused`.
   */
  'config.apply': request({
    access: 'admin',
    input: z.strictObject({
      text: Text,
      baseHash: z.string().regex(/^([0-9a-f]{64}|absent)$/),
      activate: Activate,
      /** Let a scratch daemon start with the text first; `config.check` with depth `trial`. */
      trial: z.boolean().default(false),
    }),
    output: ApplyResult,
    // A password dialog is in between, and a reload with authorization plugins may take 20 s.
    timeoutMs: 300_000,
  }),
  /** Steps of the apply that is running in this process, as they happen. */
  'config.progress': stream({
    access: 'read',
    input: z.strictObject({}),
    item: ApplyStep,
    overflow: 'drop-oldest',
    resume: 'restart',
  }),
}
