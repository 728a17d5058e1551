import { EventEmitter, on } from 'node:events'
import { existsSync, watch as watchFolder, type FSWatcher } from 'node:fs'
import { dirname } from 'node:path'
import { AppError } from '../../contract/errors'
import type { InputOf, ItemOf, OutputOf, ParsedInputOf } from '../../contract/contract'
import { applyConfig, type ApplyRequest, type ApplyResult as PipelineResult } from '../../helper/apply'
import { shielded } from '../../helper/shield'
import type { ReadOutput } from '../../helper/verbs/read-config'
import { maskText, type DaemonProcessInfo, type EngineStatus } from '../engine'
import { fromHelper } from '../privileged'
import { changesBetween } from './changes'
import { canValidate, checkPlugins, checkStatic, checkWithDockerd, findDockerd, notValidated } from './check'
import { dockerdVersion } from '../../helper/validate'
import { problemsOf } from './dockerd-says'
import { editDocument, parseDocument, type Problem } from './document'
import { effectiveOptions, type Info } from './effective'
import { mayWrite, readState, stateOf, type FileState } from './file-state'
import { parseFlags } from './flags'
import type {
  ApplyResult,
  ApplyStep,
  CheckResult,
  ConfigDependencies,
  ConfigFile,
  ConfigService,
} from './index'
import type { Target } from './keys'
import { locateConfig } from './location'

/** What is known of the daemon when something is asked of its file. */
interface Context {
  status: EngineStatus
  process: DaemonProcessInfo | undefined
  target: Target
  binary: () => Promise<string | undefined>
}

/** Milliseconds after which an engine that does not answer is taken as down. */
const STATUS_MS = 5_000

export class Config implements ConfigService {
  readonly #deps: ConfigDependencies
  readonly #emitter = new EventEmitter().setMaxListeners(0)
  #busy = false

  constructor(dependencies: ConfigDependencies) {
    this.#deps = dependencies
  }

  async read(): Promise<ConfigFile> {
    const context = await this.#context()
    const path = this.#locate(context)
    const { version, flags } = context.target
    const state = await this.#state(path, context)
    const { document, problems } = checkStatic(state.text, context.target)
    const writeThrough = this.#writeThrough(path, state, context.process)
    const unit = context.process?.unit?.name
    return {
      path,
      exists: state.exists,
      text: state.text,
      hash: state.hash,
      readable: state.readable,
      writable: writeThrough !== 'none',
      writeThrough,
      ...(state.linkTarget === undefined ? {} : { linkTarget: state.linkTarget }),
      ...(state.mode === undefined ? {} : { mode: state.mode }),
      ...(state.modifiedAt === undefined ? {} : { modifiedAt: state.modifiedAt }),
      problems: [
        ...state.problems,
        // Of bytes that are no text, and of a file that is not there, there is nothing more to say.
        ...(state.exists && state.readable && state.utf8 ? problems : []),
        ...whyNotWritable(path, state, writeThrough),
      ],
      effective: effectiveOptions(document, flags, version, await this.#info(context)),
      flags: flags.map((each) => ({ ...each, value: maskText(each.value) })),
      ...(unit === undefined ? {} : { unit }),
    }
  }

  async *watch(signal: AbortSignal): AsyncIterable<ItemOf<'config.watch'>> {
    let dirty: boolean
    let wake = (): void => undefined
    const changed = (): void => {
      dirty = true
      wake()
    }
    const folder = new FolderWatch(changed)
    const stopLink = this.#deps.engine.onLink(changed)
    const stopEvents = this.#deps.events?.onEvent((event) => {
      if (event.type === 'daemon') changed()
    })
    this.#emitter.on('changed', changed)
    signal.addEventListener('abort', changed)
    try {
      let last: string | undefined
      while (!signal.aborted) {
        dirty = false
        const now = await this.read()
        folder.follow(dirname(now.path))
        const item = {
          hash: now.hash,
          exists: now.exists,
          drift: now.effective.filter((each) => each.drift === true).map((each) => each.key),
        }
        const shape = JSON.stringify(item)
        if (shape !== last) yield item
        last = shape
        if (!dirty) await new Promise<void>((resolve) => (wake = resolve))
      }
    } finally {
      folder.close()
      stopLink()
      stopEvents?.()
      this.#emitter.off('changed', changed)
      signal.removeEventListener('abort', changed)
    }
  }

  edit({ text, set = {}, unset = [] }: InputOf<'config.edit'>): Promise<OutputOf<'config.edit'>> {
    return Promise.resolve().then(() => ({
      text: editDocument(text, new Map(Object.entries(set)), unset),
    }))
  }

  async check({ text, depth }: ParsedInputOf<'config.check'>): Promise<CheckResult> {
    const context = await this.#context()
    const path = this.#pathOrDefault(context)
    const before = await this.#state(path, context)
    return this.#check(text, depth, context, path, before)
  }

  async #check(
    text: string,
    depth: 'static' | 'validate',
    context: Context,
    path: string,
    before: FileState,
  ): Promise<CheckResult> {
    const { target } = context
    const { document, problems } = checkStatic(text, target)
    const socket = this.#deps.engine.socketPath
    if (socket !== undefined && context.status.state === 'connected')
      problems.push(...(await checkPlugins(document, socket)))
    let validated = false
    if (depth === 'validate' && canValidate(target.version)) {
      const binary = await context.binary()
      if (binary === undefined) problems.push(notValidated('its binary was not found.'))
      else {
        const answer = await checkWithDockerd(document, problems, binary, context.process?.argv ?? [], path)
        validated = answer.validated
        problems.push(...answer.problems)
      }
    }
    const comparable = document.members !== undefined && before.readable
    return {
      ok: !problems.some((each) => each.severity === 'error'),
      problems,
      changes: comparable ? changesBetween(before.text, document, target.version) : [],
      validated,
    }
  }

  async apply(input: InputOf<'config.apply'>): Promise<ApplyResult> {
    if (this.#busy)
      throw new AppError('config/busy', 'Another change of daemon.json is under way.', {
        hint: 'Wait until it is done.',
      })
    this.#busy = true
    try {
      return await this.#apply(input)
    } finally {
      this.#busy = false
      this.#emitter.emit('changed')
    }
  }

  async #apply({ text, baseHash, activate }: InputOf<'config.apply'>): Promise<ApplyResult> {
    const steps: ApplyStep[] = []
    const step = (name: ApplyStep['step'], state: ApplyStep['state'], detail?: string): void => {
      this.#progress(steps, {
        step: name,
        state,
        at: new Date().toISOString(),
        ...(detail === undefined ? {} : { detail }),
      })
    }
    const context = await this.#context()
    const path = this.#locate(context)
    const before = await this.#state(path, context)
    if (before.linkTarget !== undefined)
      throw new AppError('config/symlink', `${path} is a symbolic link, and Porthole writes through none.`, {
        hint: `Name the file itself with --config ${before.linkTarget}.`,
        detail: { path, target: before.linkTarget },
      })
    if (before.readable && before.hash !== baseHash)
      throw new AppError(
        'config/changed-underneath',
        `${path} is not the file you were shown: somebody changed it meanwhile.`,
        { hint: 'Read it again and repeat your change; nothing was written.', detail: { path } },
      )
    const rejected = (problems: Problem[]): ApplyResult => ({
      outcome: 'rejected',
      evidence: { log: [] },
      problems,
      steps,
      hash: before.hash,
    })

    step('check', 'running')
    const checked = await this.#check(text, 'validate', context, path, before)
    const errors = checked.problems.filter((each) => each.severity === 'error')
    if (!before.utf8 && text.includes('\uFFFD')) errors.push(lostBytes)
    step('check', errors.length > 0 ? 'failed' : 'done')
    step('validate', checked.validated ? (checked.ok ? 'done' : 'failed') : 'skipped')
    if (errors.length > 0) return rejected(errors)

    const socketPath = this.#deps.engine.socketPath
    const request: ApplyRequest = {
      path,
      text,
      baseHash,
      activate,
      ...(context.process === undefined ? {} : { pid: context.process.pid }),
      ...(socketPath === undefined ? {} : { socketPath }),
    }
    const through = this.#writeThrough(path, before, context.process)
    let done: PipelineResult
    try {
      if (through === 'none')
        throw new AppError('helper/unavailable', `This user may not write ${path}.`, {
          hint: 'Run Porthole as root, or install pkexec and the helper.',
          detail: { path },
        })
      done =
        through === 'process'
          ? await shielded(() => applyConfig(request, (each) => this.#progress(steps, each)))
          : await this.#applyThroughHelper(request, steps, step)
    } catch (error) {
      const known = fromHelper(error)
      if (!(known instanceof AppError)) throw known
      if (!['config/invalid', 'helper/dismissed', 'helper/denied'].includes(known.code)) throw known
      return rejected([
        {
          severity: 'error',
          code: known.code,
          message: known.message,
          ...(known.hint === undefined ? {} : { hint: known.hint }),
          source: 'apply',
        },
      ])
    }
    const { daemonSaid, ...result } = done
    const document = parseDocument(text, context.target.version)
    const said = daemonSaid.slice(-1).flatMap((line) => problemsOf(line, document, 'apply'))
    return {
      ...result,
      steps,
      ...(result.problems === undefined ? {} : { problems: [...result.problems, ...said] }),
    }
  }

  async #applyThroughHelper(
    request: ApplyRequest,
    steps: ApplyStep[],
    step: (name: ApplyStep['step'], state: ApplyStep['state'], detail?: string) => void,
  ): Promise<PipelineResult> {
    const { privileged } = this.#deps
    step('authorize', 'running')
    try {
      await privileged.run('hello', {})
    } catch (error) {
      step('authorize', 'failed', error instanceof AppError ? error.code : undefined)
      throw error
    }
    step('authorize', 'done')
    const answer = await privileged.run('apply', request, {
      onProgress: (progress) => this.#progress(steps, progress as ApplyStep),
    })
    return answer as PipelineResult
  }

  progress(signal: AbortSignal): AsyncIterable<ApplyStep> {
    // Subscribed here and not at the first `next`: no step may be missed in between.
    const source = on(this.#emitter, 'step', { signal })
    return (async function* () {
      try {
        for await (const [each] of source) yield each as ApplyStep
      } catch (error) {
        if (!signal.aborted) throw error
      }
    })()
  }

  #progress(steps: ApplyStep[], step: ApplyStep): void {
    steps.push(step)
    this.#emitter.emit('step', step)
  }

  async #context(): Promise<Context> {
    const { engine, options } = this.#deps
    await engine.settled()
    const [status, process] = await Promise.all([
      // A daemon that hangs is as good as one that is down: its file can be read all the same.
      engine
        .status(AbortSignal.timeout(STATUS_MS))
        .catch((): EngineStatus => ({ ...engine.link, state: 'unreachable', warnings: [] })),
      engine.process(),
    ])
    const running = status.engine?.version
    let found: Promise<string | undefined> | undefined
    const binary = (): Promise<string | undefined> =>
      (found ??= findDockerd(options.dockerd, process, running, options.env))
    const version = running ?? (await this.#versionOf(await binary()))
    return { status, process, target: { version, flags: parseFlags(process?.argv ?? [], version) }, binary }
  }

  /** Version of an engine that is down, from its binary; unknown ones count as the newest. */
  async #versionOf(binary: string | undefined): Promise<string> {
    return (binary === undefined ? undefined : await dockerdVersion(binary)) ?? 'unknown'
  }

  #locate({ status, process }: Context): string {
    const { configFile, env } = this.#deps.options
    return locateConfig({
      configFile,
      endpoint: status.endpoint,
      process,
      rootless: status.engine?.rootless,
      desktop: status.engine?.desktop,
      env,
    })
  }

  /** A text can be checked without a file to write it to. */
  #pathOrDefault(context: Context): string {
    try {
      return this.#locate(context)
    } catch (error) {
      if (error instanceof AppError && error.code === 'config/foreign') return '/etc/docker/daemon.json'
      throw error
    }
  }

  /** The file; through the helper only while one is authorised: reading must not ask for a password. */
  async #state(path: string, { target, process }: Context): Promise<FileState> {
    const { privileged } = this.#deps
    const state = await readState(path, target.version)
    if (state.readable || privileged.isRoot || !privileged.open) return state
    try {
      const input = { path, ...(process === undefined ? {} : { pid: process.pid }) }
      return stateOf((await privileged.run('read-config', input)) as ReadOutput, target.version)
    } catch {
      return state
    }
  }

  #writeThrough(
    path: string,
    state: FileState,
    daemon: DaemonProcessInfo | undefined,
  ): ConfigFile['writeThrough'] {
    const { privileged } = this.#deps
    if (state.linkTarget !== undefined) return 'none'
    if (privileged.isRoot) return 'process'
    const mine = daemon === undefined || daemon.uid === process.getuid?.()
    if (mine && mayWrite(path)) return 'process'
    return privileged.available() ? 'helper' : 'none'
  }

  async #info({ status }: Context): Promise<Info | undefined> {
    if (status.state !== 'connected') return undefined
    try {
      const docker = await this.#deps.engine.docker()
      return (await docker.info()) as Info
    } catch {
      return undefined
    }
  }
}

const lostBytes: Problem = {
  severity: 'error',
  code: 'file/not-utf8',
  message: 'The file on disk holds bytes that are not UTF-8; this text has lost them.',
  hint: 'Correct the file with a text editor first.',
  source: 'apply',
}

function whyNotWritable(path: string, state: FileState, writeThrough: ConfigFile['writeThrough']): Problem[] {
  if (writeThrough !== 'none') return []
  return [
    state.linkTarget === undefined
      ? {
          severity: 'info',
          code: 'file/not-writable',
          message: `This user may not write ${path}, and there is no privileged helper.`,
          hint: 'Run Porthole as root, or install pkexec and the helper.',
          source: 'static',
        }
      : {
          severity: 'info',
          code: 'file/symlink',
          message: `${path} is a symbolic link to ${state.linkTarget}; Porthole writes through none.`,
          hint: `Name the file itself with --config ${state.linkTarget}.`,
          source: 'static',
        },
  ]
}

/** Watches the folder of the file, or the nearest one above that is there. */
class FolderWatch {
  #watcher: FSWatcher | undefined
  #folder: string | undefined

  constructor(private readonly changed: () => void) {}

  follow(wanted: string): void {
    let folder = wanted
    while (!existsSync(folder) && folder !== '/') folder = dirname(folder)
    if (folder === this.#folder) return
    this.close()
    try {
      const watcher = watchFolder(folder, { persistent: false }, this.changed)
      watcher.on('error', () => this.close())
      this.#watcher = watcher
      this.#folder = folder
    } catch {
      // Out of watches, or no right: the engine's events and link still tell of most changes.
    }
  }

  close(): void {
    this.#watcher?.close()
    this.#watcher = undefined
    this.#folder = undefined
  }
}
