import { execFile } from 'node:child_process'
import { closeSync, existsSync, fstatSync, openSync, readSync, statSync } from 'node:fs'
import { getJson, watchReloads, type ReloadEvent, type ReloadWatch } from './api'
import { isAlive, readDaemon, type DaemonProcess } from './daemon'
import { ConfigFile, hashOf, type FileState } from './file'
import { HelperError } from './verb'

/** Milliseconds a reload may take; the engine tries a missing plugin for 15 s before it gives up. */
const RELOAD_MS = 5_000
const RELOAD_WITH_PLUGINS_MS = 20_000

export interface ApplyRequest {
  /** Absolute path of daemon.json. */
  path: string
  text: string
  /** sha256 of the file the text was made from, or `absent`. */
  baseHash: string
  activate: 'reload' | 'none'
  /** The dockerd to reload, and its socket. */
  pid?: number | undefined
  socketPath?: string | undefined
}

export interface ApplyStep {
  step: 'authorize' | 'check' | 'validate' | 'backup' | 'write' | 'activate' | 'verify' | 'rollback'
  state: 'running' | 'done' | 'failed' | 'skipped'
  at: string
  detail?: string
}

/** Why a file did not come into force. */
export interface ApplyProblem {
  severity: 'error'
  code: string
  message: string
  hint?: string
  detail?: Record<string, string>
  key?: string
  source: 'apply'
}

export interface ApplyResult {
  outcome: 'applied' | 'rolled-back' | 'rejected'
  backupId?: string
  evidence: { event?: ReloadEvent; log: string[] }
  problems?: ApplyProblem[]
  /** What the daemon wrote about the refused reload, one error a line. */
  daemonSaid: string[]
  steps: ApplyStep[]
  hash: string
}

export type OnStep = (step: ApplyStep) => void

/**
 * Puts a checked text in force: backup, atomic write, SIGHUP, proof by the engine's own `daemon
 * reload` event, and the previous file back when the proof does not come. Runs the same in the
 * program and in the privileged helper. Throws HelperError, and then nothing was changed.
 */
export async function applyConfig(request: ApplyRequest, onStep: OnStep = () => {}): Promise<ApplyResult> {
  const journal = new Journal(onStep)
  const reload = request.activate === 'reload' ? await prepareReload(request, request.text) : undefined
  let file: ConfigFile | undefined
  try {
    file = await ConfigFile.open(request.path, { create: true })
    if (file === undefined) throw new HelperError('config/not-writable', `${request.path} has no folder.`)
    const before = await file.read()
    if (before.hash !== request.baseHash)
      throw new HelperError(
        'config/changed-underneath',
        `${request.path} is not the file you were shown: somebody changed it meanwhile.`,
        {
          hint: 'Read it again and repeat your change; nothing was written.',
          detail: { path: request.path },
        },
      )
    return await applyTo(file, before, request, reload, journal)
  } finally {
    reload?.watch.close()
    await file?.close()
  }
}

/** Has the daemon read its file again, with the same proof and nothing written. */
export async function reloadConfig(
  request: { pid: number; socketPath: string; text: string },
  onStep: OnStep = () => {},
): Promise<{ event?: ReloadEvent; log: string[]; problems?: ApplyProblem[] }> {
  const journal = new Journal(onStep)
  const reload = await prepareReload(request, request.text)
  try {
    const outcome = await reload.run(journal)
    return outcome.event === undefined
      ? { log: journal.log, problems: [outcome.problem] }
      : { event: outcome.event, log: journal.log }
  } finally {
    reload.watch.close()
  }
}

async function applyTo(
  file: ConfigFile,
  before: FileState,
  request: ApplyRequest,
  reload: Reload | undefined,
  journal: Journal,
): Promise<ApplyResult> {
  const bytes = Buffer.from(request.text, 'utf8')
  const same = before.exists && before.bytes.equals(bytes)
  let backupId: string | undefined
  if (same || !before.exists) journal.step('backup', 'skipped')
  else {
    journal.step('backup', 'running')
    backupId = await file.backup(before, new Date())
    journal.step('backup', 'done', backupId)
    journal.note(`kept the previous file as ${backupId}`)
  }
  if (same) journal.step('write', 'skipped')
  else {
    journal.step('write', 'running')
    await file.replace(bytes, before, before.hash)
    journal.step('write', 'done')
    journal.note(`wrote ${request.path} (${bytes.length} bytes)`)
  }
  const result: ApplyResult = {
    outcome: 'applied',
    ...(backupId === undefined ? {} : { backupId }),
    evidence: { log: journal.log },
    daemonSaid: [],
    steps: journal.steps,
    hash: hashOf(bytes),
  }
  if (reload === undefined) {
    journal.step('activate', 'skipped')
    return result
  }
  const outcome = await reload.run(journal)
  if (outcome.event !== undefined) {
    result.evidence.event = outcome.event
    return result
  }
  result.daemonSaid = outcome.said
  result.problems = [outcome.problem]
  // The same file as before: there is nothing to put back.
  if (same) return { ...result, outcome: 'rejected' }
  result.outcome = 'rolled-back'
  await rollBack(file, before, result.hash, reload, result, journal)
  return result
}

/** The previous file back, and the daemon told to read it. Never throws: it says what it could not do. */
async function rollBack(
  file: ConfigFile,
  before: FileState,
  written: string,
  reload: Reload,
  result: ApplyResult,
  journal: Journal,
): Promise<void> {
  journal.step('rollback', 'running')
  try {
    if (before.exists) await file.replace(before.bytes, before, written)
    else await file.remove(written)
    result.hash = before.hash
    journal.note(before.exists ? `put the previous ${file.path} back` : `removed ${file.path} again`)
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    journal.note(`could not put the previous file back: ${message}`)
    journal.step('rollback', 'failed', message)
    result.problems = [
      ...(result.problems ?? []),
      {
        severity: 'error',
        code: 'apply/not-restored',
        message: `The previous ${file.path} could not be put back: ${message}`,
        ...(result.backupId === undefined ? {} : { hint: `It is kept beside it as ${result.backupId}.` }),
        source: 'apply',
      },
    ]
    return
  }
  // A daemon that keeps its file by default may lack it; one started with --config-file may not.
  if (isAlive(reload.daemon)) {
    const again = await reload.signal(journal)
    if (again.event !== undefined) journal.note('the engine took the previous file again')
    else journal.note('the engine did not confirm the previous file yet')
  } else
    journal.note(
      reload.daemon.unit === undefined
        ? 'the engine is not running; it will start with the previous file'
        : `the engine is not running; ${reload.daemon.unit.name} starts it with the previous file`,
    )
  journal.step('rollback', 'done')
}

type ReloadOutcome = { event: ReloadEvent } | { event?: undefined; said: string[]; problem: ApplyProblem }

/** All that a reload needs, made ready before anything is written. */
class Reload {
  constructor(
    readonly daemon: DaemonProcess,
    readonly watch: ReloadWatch,
    private readonly timeoutMs: number,
  ) {}

  /** Signals and waits for the proof, and says why when there is none. */
  async run(journal: Journal): Promise<ReloadOutcome> {
    const logged = DaemonLog.open(this.daemon)
    try {
      journal.step('activate', 'running')
      const { event, ended } = await this.signal(journal, () => {
        journal.step('activate', 'done')
        journal.step('verify', 'running')
      })
      if (event !== undefined) {
        journal.step('verify', 'done')
        journal.note('the engine sent its reload event')
        return { event }
      }
      const said = logged?.errors() ?? []
      for (const line of said) journal.note(`the engine said: ${line}`)
      journal.note(
        ended
          ? `dockerd (pid ${this.daemon.pid}) ended`
          : `no reload event within ${this.timeoutMs / 1_000} s`,
      )
      journal.step('verify', 'failed', said.at(-1))
      return { said, problem: this.explain(ended, said) }
    } finally {
      logged?.close()
    }
  }

  /** SIGHUP, then the next reload event. */
  async signal(
    journal: Journal,
    sent: () => void = () => {},
  ): Promise<{ event?: ReloadEvent; ended: boolean }> {
    this.watch.clear()
    if (!isAlive(this.daemon)) return { ended: true }
    journal.note(await sendHangup(this.daemon))
    sent()
    const next = await this.watch.next(this.timeoutMs, () => isAlive(this.daemon))
    return typeof next === 'string' ? { ended: next === 'ended' } : { event: next, ended: false }
  }

  private explain(ended: boolean, said: string[]): ApplyProblem {
    if (ended)
      return {
        severity: 'error',
        code: 'apply/daemon-ended',
        message: 'dockerd ended while it read the new file.',
        hint: 'Look into its log and start it again.',
        source: 'apply',
      }
    const last = said.at(-1)
    return {
      severity: 'error',
      code: 'apply/no-proof',
      message:
        last === undefined
          ? `The engine did not confirm the new file within ${this.timeoutMs / 1_000} s.`
          : `The engine refused the new file: ${last}`,
      source: 'apply',
    }
  }
}

/** Finds the daemon, opens its events and refuses what would kill it. Throws before any change. */
async function prepareReload(
  { pid, socketPath }: { pid?: number | undefined; socketPath?: string | undefined },
  text: string,
): Promise<Reload> {
  const daemon = pid === undefined ? undefined : readDaemon(pid)
  if (daemon === undefined || socketPath === undefined)
    throw new HelperError('engine/no-process', 'There is no running dockerd on this machine to reload.', {
      hint: 'Save without activating, and start the engine afterwards.',
    })
  const plugins = authorizationPlugins(text)
  let watch: ReloadWatch | undefined
  try {
    watch = await watchReloads(socketPath)
    const running = await runningPlugins(socketPath)
    const missing = await missingPlugins(socketPath, plugins)
    if (missing.length > 0) throw pluginError(missing)
    const asked = plugins.length > 0 || running.length > 0
    return new Reload(daemon, watch, asked ? RELOAD_WITH_PLUGINS_MS : RELOAD_MS)
  } catch (error) {
    watch?.close()
    if (error instanceof HelperError) throw error
    throw new HelperError(
      'engine/unreachable',
      `The engine does not answer, so a reload could not be proved: ${error instanceof Error ? error.message : String(error)}.`,
      { hint: 'Nothing was changed. Wait for the engine, or save without activating.' },
    )
  }
}

/**
 * A reload with an authorization plugin that is not there ends dockerd, after retries: this is
 * the one key that is never signalled unchecked.
 */
export function pluginError(missing: readonly string[]): HelperError {
  return new HelperError(
    'config/invalid',
    `The authorization plugin "${missing.join('", "')}" is not installed; dockerd would end.`,
    {
      hint: 'Install and enable the plugin first.',
      detail: { key: 'authorization-plugins', plugins: missing.join(', ') },
    },
  )
}

/** `authorization-plugins` of a text; of one that cannot be read, none. */
export function authorizationPlugins(text: string): string[] {
  try {
    const config: unknown = JSON.parse(text.replace(/^\uFEFF/, ''))
    if (typeof config !== 'object' || config === null) return []
    const list = (config as Record<string, unknown>)['authorization-plugins']
    return Array.isArray(list) ? list.filter((each) => typeof each === 'string') : []
  } catch {
    return []
  }
}

async function runningPlugins(socketPath: string): Promise<string[]> {
  const info = (await getJson(socketPath, '/info', 5_000)) as { Plugins?: { Authorization?: unknown } }
  const list = info.Plugins?.Authorization
  return Array.isArray(list) ? list.filter((each) => typeof each === 'string') : []
}

/** Those of the names that are neither enabled managed plugins nor sockets or specs on disk. */
export async function missingPlugins(socketPath: string, names: readonly string[]): Promise<string[]> {
  if (names.length === 0) return []
  const answer = await getJson(socketPath, '/plugins', 5_000)
  const enabled = (Array.isArray(answer) ? answer : []).flatMap((each) => {
    const plugin = each as { Name?: unknown; Enabled?: unknown }
    return plugin.Enabled === true && typeof plugin.Name === 'string' ? [plugin.Name] : []
  })
  return names.filter(
    (name) => !enabled.includes(name) && !enabled.includes(`${name}:latest`) && !hasLegacyPlugin(name),
  )
}

/** Where dockerd looks for plugins that are not managed by it. */
function hasLegacyPlugin(name: string): boolean {
  if (!/^[\w.-]+$/.test(name)) return false
  return [
    `/run/docker/plugins/${name}.sock`,
    `/run/docker/plugins/${name}/${name}.sock`,
    ...['/etc/docker/plugins', '/usr/lib/docker/plugins'].flatMap((folder) => [
      `${folder}/${name}.spec`,
      `${folder}/${name}.json`,
      `${folder}/${name}/${name}.spec`,
      `${folder}/${name}/${name}.json`,
    ]),
  ].some((path) => existsSync(path))
}

/** By the service manager where one runs it, else straight to the process. */
async function sendHangup(daemon: DaemonProcess): Promise<string> {
  const { unit, pid } = daemon
  if (unit !== undefined && existsSync('/run/systemd/system') && process.geteuid?.() === 0 && !unit.user) {
    const done = await new Promise<boolean>((resolve) => {
      execFile('systemctl', ['reload', '--', unit.name], { timeout: 10_000 }, (error) =>
        resolve(error === null),
      )
    })
    if (done) return `systemctl reload ${unit.name}`
  }
  if (isAlive(daemon)) process.kill(pid, 'SIGHUP')
  return `SIGHUP to dockerd (pid ${pid})`
}

/** What dockerd writes from now on, where its standard error is a file this user may read. */
class DaemonLog {
  private constructor(
    private readonly fd: number,
    private readonly from: number,
  ) {}

  static open(daemon: DaemonProcess): DaemonLog | undefined {
    const path = `/proc/${daemon.pid}/fd/2`
    try {
      if (!statSync(path).isFile()) return undefined
      const fd = openSync(path, 'r')
      const stat = fstatSync(fd)
      if (stat.isFile()) return new DaemonLog(fd, stat.size)
      closeSync(fd)
    } catch {
      // Another user's process, or a journal: the event alone has to tell.
    }
    return undefined
  }

  /** Messages of level error and fatal, at most the last five. */
  errors(): string[] {
    const buffer = Buffer.alloc(256 * 1024)
    const text = buffer.toString('utf8', 0, readSync(this.fd, buffer, 0, buffer.length, this.from))
    return text
      .split('\n')
      .filter((line) => /\blevel"?[=:]"?(error|fatal)\b/.test(line))
      .map(messageOf)
      .slice(-5)
  }

  close(): void {
    closeSync(this.fd)
  }
}

/** The message and error fields of a line in logrus' text or JSON form. */
function messageOf(line: string): string {
  const field = (name: string): string | undefined => {
    const match = new RegExp(`\\b${name}"?[=:]("(?:[^"\\\\]|\\\\.)*"|\\S+)`).exec(line)
    try {
      return match?.[1]?.startsWith('"') === true ? String(JSON.parse(match[1])) : match?.[1]
    } catch {
      return match?.[1]
    }
  }
  const parts = [field('msg'), field('error')].filter((part) => part !== undefined)
  return (parts.length > 0 ? parts.join(': ') : line).slice(0, 1_000)
}

/** Steps and lines of one apply. */
class Journal {
  readonly steps: ApplyStep[] = []
  readonly log: string[] = []
  constructor(private readonly onStep: OnStep) {}

  step(step: ApplyStep['step'], state: ApplyStep['state'], detail?: string): void {
    const entry = { step, state, at: new Date().toISOString(), ...(detail === undefined ? {} : { detail }) }
    this.steps.push(entry)
    this.onStep(entry)
  }

  note(line: string): void {
    this.log.push(line)
  }
}
