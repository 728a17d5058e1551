import { AppError } from '../../contract/errors'
import { tidy } from '../../helper/tidy'
import { dockerdVersion } from '../../helper/validate'
import type { ReadOutput } from '../../helper/verbs/read-config'
import type { DaemonProcessInfo, EngineStatus } from '../engine'
import { findDockerd } from './check'
import type { Info } from './effective'
import { mayWrite, readState, stateOf, type FileState } from './file-state'
import { parseFlags } from './flags'
import type { ConfigDependencies, ConfigFile } from './index'
import { locateConfig } from './location'
import { findStopped, type StoppedDaemon } from './stopped'
import type { Target } from './target'

/** What is known of the daemon when something is asked of its file. */
export interface Context {
  status: EngineStatus
  process: DaemonProcessInfo | undefined
  /** How it would be started, while it is down and that is known. */
  stopped: StoppedDaemon | undefined
  /** Command line it runs with or would be started with, program first; empty when that is unknown. */
  argv: readonly string[]
  target: Target
  /** Path of the daemon's binary, looked up when first asked for. */
  binary: () => Promise<string | undefined>
}

/** Milliseconds after which an engine that does not answer is taken as down. */
const STATUS_MS = 5_000

/** Texts that were read lately, kept to tell what somebody else has changed of them. */
const SEEN_TEXTS = 8

/** What reading, checking and applying need to know first: the daemon, its file, and who may write it. */
export class Surroundings {
  #tidied = new Set<string>()
  readonly #seen = new Map<string, string>()

  constructor(readonly deps: ConfigDependencies) {}

  async context(): Promise<Context> {
    const { engine, options } = this.deps
    await engine.settled()
    const [status, process] = await Promise.all([
      // A daemon that hangs is as good as one that is down: its file can be read all the same.
      engine
        .status(AbortSignal.timeout(STATUS_MS))
        .catch((): EngineStatus => ({ ...engine.link, state: 'unreachable', warnings: [] })),
      engine.process(),
    ])
    const stopped = process === undefined ? await findStopped(engine, options) : undefined
    const argv = process?.argv ?? stopped?.argv ?? []
    const running = status.engine?.version
    let found: Promise<string | undefined> | undefined
    const binary = (): Promise<string | undefined> =>
      (found ??= findDockerd(
        engine.moved ? undefined : options.dockerd,
        { exe: process?.exe, argv },
        running,
        options.env,
      ))
    const version = running ?? (await versionOf(await binary()))
    return { status, process, stopped, argv, target: { version, flags: parseFlags(argv, version) }, binary }
  }

  /** Path of daemon.json. Throws `config/foreign`. */
  locate({ status, process, stopped }: Context): string {
    const { engine, options } = this.deps
    return locateConfig({
      configFile: engine.moved ? undefined : options.configFile,
      endpoint: status.endpoint,
      process,
      stopped: stopped?.configFile,
      rootless: status.engine?.rootless,
      desktop: status.engine?.desktop,
      env: options.env,
    })
  }

  /** A text can be checked without a file to write it to. */
  pathOrDefault(context: Context): string {
    try {
      return this.locate(context)
    } catch (error) {
      if (error instanceof AppError && error.code === 'config/foreign') return '/etc/docker/daemon.json'
      throw error
    }
  }

  /**
   * Puts in order what a Porthole that was killed left undone, where this user may write the file;
   * the helper does the same when it is asked for the file.
   */
  async tidy(path: string, { process: daemon }: Context): Promise<void> {
    if (this.mayChange(path, daemon)) await tidy(path, this.deps.engine.socketPath)
  }

  /** A text that was read in this process, by its hash: what a person was shown. */
  seen(hash: string): string | undefined {
    return this.#seen.get(hash)
  }

  /** The file; through the helper only while one is authorised: reading must not ask for a password. */
  async state(path: string, context: Context): Promise<FileState> {
    if (!this.#tidied.has(path)) await this.tidy(path, context)
    this.#tidied.add(path)
    const state = await this.#read(path, context)
    this.#seen.delete(state.hash)
    this.#seen.set(state.hash, state.text)
    for (const [oldest] of this.#seen) if (this.#seen.size > SEEN_TEXTS) this.#seen.delete(oldest)
    return state
  }

  async #read(path: string, { target, process }: Context): Promise<FileState> {
    const { privileged } = this.deps
    const state = await readState(path, target.version)
    if (state.readable || privileged.isRoot || !privileged.open) return state
    try {
      const input = { path, ...(process === undefined ? {} : { pid: process.pid }) }
      return stateOf((await privileged.run('read-config', input)) as ReadOutput, target.version)
    } catch {
      return state
    }
  }

  writeThrough(
    path: string,
    state: FileState,
    daemon: DaemonProcessInfo | undefined,
  ): ConfigFile['writeThrough'] {
    const { privileged } = this.deps
    if (state.linkTarget !== undefined) return 'none'
    if (this.mayChange(path, daemon)) return 'process'
    return privileged.available() ? 'helper' : 'none'
  }

  private mayChange(path: string, daemon: DaemonProcessInfo | undefined): boolean {
    if (this.deps.privileged.isRoot) return true
    return (daemon === undefined || daemon.uid === process.getuid?.()) && mayWrite(path)
  }

  /** `/info` of a running engine. */
  async info({ status }: Context): Promise<Info | undefined> {
    if (status.state !== 'connected') return undefined
    try {
      const docker = await this.deps.engine.docker()
      return (await docker.info()) as Info
    } catch {
      return undefined
    }
  }
}

/** Version of an engine that is down, from its binary; unknown ones count as the newest. */
async function versionOf(binary: string | undefined): Promise<string> {
  return (binary === undefined ? undefined : await dockerdVersion(binary)) ?? 'unknown'
}
