import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { AppError } from '../../contract/errors'
import { startSandbox, type SandboxPlaces, type TriedConfig } from '../../helper/sandbox'
import type { ServiceOptions } from '../options'
import { fromHelper, type Privileged } from '../privileged'
import { findRootless, startRootless } from './rootless'
import { seed } from './seed'
import { throughHelper } from './through-helper'

export interface SandboxDependencies {
  options: Pick<ServiceOptions, 'env' | 'log'> & { sandboxDockerd?: string }
  privileged: Privileged
  /** daemon.json to try; without one the sandbox is there to be explored, and keeps its images. */
  tried?: TriedFor
  /** Where its dockerd is to send its traces: `http://127.0.0.1:PORT`. */
  traces?: string
  /** Told when a password is asked for, and when that is answered. */
  onAsk?: (asking: boolean) => void
}

/** A daemon.json to try, and the engine it is meant for. */
export interface TriedFor extends TriedConfig {
  /** Folder of its dockerd, where this user may know it. */
  dockerdDir?: string | undefined
  /** Its process, when root runs it: the helper finds the binary and the flags by it. */
  pid?: number | undefined
}

/** A private dockerd to explore: its own socket, data-root and exec-root, nothing of the user's. */
export interface Sandbox {
  /**
   * Resolves when it answers. Rejects with `sandbox/unavailable`, `sandbox/failed`, `helper/*`, and
   * `rpc/cancelled` when it was stopped before.
   */
  readonly started: Promise<SandboxPlaces & { rootless: boolean }>
  /**
   * Resolves when its images and containers are there, or could not be made, with what was said then;
   * never rejects: a bare daemon is usable too.
   */
  readonly seeded: Promise<{ said?: string }>
  /** Resolves when it has ended without being stopped. */
  readonly ended: Promise<void>
  /** Stops it and waits until nothing of it runs. */
  stop(): Promise<void>
}

/** A sandbox that answers, however it was started. */
export interface Running {
  places: SandboxPlaces
  /** Resolves when its dockerd has ended, whoever ended it. */
  ended: Promise<void>
  stop(): Promise<void>
}

/**
 * Starts a sandbox: as root in this process; as an ordinary user with rootless dockerd where this
 * machine has it; else through the helper, which asks for a password because whoever uses a root
 * dockerd is as good as root.
 */
export function openSandbox({ options, privileged, tried, traces, onAsk }: SandboxDependencies): Sandbox {
  const { env, log } = options
  const cancel = new AbortController()
  const { signal } = cancel
  const named = options.sandboxDockerd === undefined ? undefined : resolve(options.sandboxDockerd)
  const dockerdDir = named ?? tried?.dockerdDir
  const choice = {
    ...(dockerdDir === undefined ? {} : { dockerdDir }),
    ...(tried === undefined ? {} : { tried }),
    ...(traces === undefined ? {} : { traces }),
    signal,
  }

  const running = start()
  const started = running.then(({ places, rootless }) => ({ ...places, rootless }))
  const seeded = started.then(({ socket }) => seed(socket, log, signal)).then(() => ({}), notSeeded)
  // Who needs the daemon is told by `started`; a program that never asks must not end for it.
  started.catch(() => undefined)

  async function start(): Promise<Running & { rootless: boolean }> {
    if (privileged.isRoot) return { ...(await startHere()), rootless: false }
    const found = findRootless(env)
    if ('missing' in found) {
      log(`sandbox: not rootless, ${found.missing}`)
      return withHelper()
    }
    try {
      return { ...(await startRootless(found.script, { ...stateOf(env), ...choice, env })), rootless: true }
    } catch (error) {
      const reason = fromHelper(error)
      if (!(reason instanceof AppError && isWorthAsking(reason) && privileged.available())) throw reason
      log(`sandbox: not rootless, ${reason.message}`)
      return withHelper()
    }
  }

  /**
   * Not every kernel lets an ordinary user make the namespaces, which only trying can tell; and what
   * a rootless daemon refuses may be right for the engine of root's that it is meant for.
   */
  function isWorthAsking({ code }: AppError): boolean {
    return code === 'sandbox/failed' || (code === 'sandbox/refused' && tried?.pid !== undefined)
  }

  async function withHelper(): Promise<Running & { rootless: boolean }> {
    if (!privileged.open) onAsk?.(true)
    const input = {
      ...(named === undefined ? {} : { dockerdDir: named }),
      ...(tried === undefined ? {} : { text: tried.text }),
      ...(tried?.pid === undefined ? {} : { pid: tried.pid }),
      ...(traces === undefined ? {} : { traces }),
    }
    const answered = (): void => onAsk?.(false)
    return { ...(await throughHelper(privileged, { input, signal, answered })), rootless: false }
  }

  function startHere(): Promise<Running> {
    const owner = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 }
    const state = { ...stateOf(env), below: [] }
    return startSandbox({ state, owner, holder: process.pid, ...choice }).catch((error: unknown) => {
      throw fromHelper(error)
    })
  }

  function notSeeded(error: unknown): { said: string } {
    const said = error instanceof Error ? error.message : String(error)
    if (!signal.aborted) log(`sandbox: ${said}`)
    return { said }
  }

  return {
    started,
    seeded,
    ended: running.then(({ ended }) => ended).catch(() => undefined),
    async stop() {
      cancel.abort()
      await seeded
      const daemon = await running.catch(() => undefined)
      await daemon?.stop()
    },
  }
}

/** The user's state folder, as the XDG base directories say. */
function stateOf(env: NodeJS.ProcessEnv): { base: string } {
  const given = env['XDG_STATE_HOME']
  return { base: given?.startsWith('/') === true ? given : join(homedir(), '.local/state') }
}
