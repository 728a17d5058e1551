import { z } from 'zod'
import { request, stream } from '../define'

/**
 * Why a key is not tried. `own`: the sandbox has a place of its own for it; `held`: it names what the
 * real daemon holds; `network`: a sandbox has none; `disk`: it depends on the disk the real data lies
 * on; `plugin`: plugins lie in the real daemon's data; `life`: containers would outlive the sandbox.
 */
export const LeftOutWhy = z.enum(['own', 'held', 'network', 'disk', 'plugin', 'life'])

/**
 * How far it is. `authorize`: the system asks for a password; `start`: dockerd starts; `fill`: it
 * answers, and images and containers are being made; `full`: they are there; `bare`: they could not
 * be made, for example because of the log driver that is tried.
 */
export const SandboxStage = z.enum(['authorize', 'start', 'fill', 'full', 'bare'])

export const TriedSandbox = z.object({
  stage: SandboxStage,
  /** Top-level keys of the text that the sandbox runs without. */
  leftOut: z.array(z.object({ key: z.string(), why: LeftOutWhy })),
  /** The engine the text is meant for, which is in use again when the sandbox is closed. */
  before: z.object({
    url: z.string(),
    /** Name of its docker context. */
    context: z.string().optional(),
  }),
  /** From the stage `fill` on: where it listens, for `engine.use`, and where it has its things. */
  at: z
    .object({
      url: z.string(),
      configFile: z.string(),
      dataRoot: z.string(),
      log: z.string(),
      /** It runs with its user's own right and not as root. */
      rootless: z.boolean(),
    })
    .optional(),
  /** What was said when images or containers could not be made. */
  said: z.string().optional(),
})

export const sandbox = {
  /**
   * Tries a daemon.json: starts a private dockerd with the text, of the same binary and flags as the
   * engine in use where that is known, and fills it with a few images and containers. Items tell how
   * far it is; `engine.use` turns to it. It lives exactly as long as somebody reads this stream: its
   * end, `sandbox.close` and Porthole's own end turn back to the engine of before and leave nothing.
   * On the command line that is as long as `porthole watch sandbox.try` runs, with `--endpoint` in
   * another terminal to look at it. Throws `config/invalid` for a text that is no JSON object,
   * `sandbox/refused` with `said`, dockerd's own last sentence, and where they are known `fatal`, its
   * meaning, `key`, `line` and `column`; `sandbox/unavailable` while another is open or where none can
   * be started, `sandbox/failed` when it ended by itself, and `helper/*`.
   */
  'sandbox.try': stream({
    access: 'admin',
    input: z.strictObject({ text: z.string().max(512 * 1024) }),
    item: TriedSandbox,
    overflow: 'latest',
    resume: 'none',
  }),
  /** The sandbox that is open, whichever window has opened it. */
  'sandbox.get': request({
    access: 'read',
    input: z.strictObject({}),
    output: z.object({ open: TriedSandbox.optional() }),
  }),
  /** Ends the sandbox that is open, and answers when nothing of it is left. */
  'sandbox.close': request({
    access: 'admin',
    input: z.strictObject({}),
    output: z.object({ closed: z.boolean() }),
    timeoutMs: 90_000,
  }),
}
