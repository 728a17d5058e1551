import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { AppError } from '../../contract/errors'
import { startSandbox, type SandboxPlaces } from '../../helper/sandbox'
import type { ServiceOptions } from '../options'
import { fromHelper, type Privileged } from '../privileged'
import { findRootless, startRootless } from './rootless'
import { seed } from './seed'
import { throughHelper } from './through-helper'

export type { SandboxPlaces }

export interface SandboxDependencies {
  options: Pick<ServiceOptions, 'env' | 'log'> & { sandboxDockerd?: string }
  privileged: Privileged
}

/** A private dockerd to explore: its own socket, data-root and exec-root, nothing of the user's. */
export interface Sandbox {
  /**
   * Resolves when it answers. Rejects with `sandbox/unavailable`, `sandbox/failed`, `helper/*`, and
   * `rpc/cancelled` when it was stopped before.
   */
  readonly started: Promise<SandboxPlaces>
  /** Resolves when its images and containers are there; never rejects: a bare daemon is usable too. */
  readonly seeded: Promise<void>
  /** Stops it and waits until nothing of it runs. */
  stop(): Promise<void>
}

/** A sandbox that answers, however it was started. */
export interface Running {
  places: SandboxPlaces
  stop(): Promise<void>
}

/**
 * Starts a sandbox: as root in this process; as an ordinary user with rootless dockerd where this
 * machine has it; else through the helper, which asks for a password because whoever uses a root
 * dockerd is as good as root.
 */
export function openSandbox({ options, privileged }: SandboxDependencies): Sandbox {
  const { env, log } = options
  const cancel = new AbortController()
  const { signal } = cancel
  const dockerdDir = options.sandboxDockerd === undefined ? undefined : resolve(options.sandboxDockerd)
  const choice = { ...(dockerdDir === undefined ? {} : { dockerdDir }), signal }

  const running = start()
  const started = running.then(({ places }) => places)
  const seeded = started
    .then(({ socket }) => seed(socket, log, signal))
    .catch((error: unknown) => {
      if (!signal.aborted) log(`sandbox: ${error instanceof Error ? error.message : String(error)}`)
    })
  // Who needs the daemon is told by `started`; a program that never asks must not end for it.
  started.catch(() => undefined)

  async function start(): Promise<Running> {
    if (privileged.isRoot) return startHere()
    const found = findRootless(env)
    if ('missing' in found) {
      log(`sandbox: not rootless, ${found.missing}`)
      return throughHelper(privileged, choice)
    }
    try {
      return await startRootless(found.script, { ...stateOf(env), ...choice, env })
    } catch (error) {
      const reason = fromHelper(error)
      // Not every kernel lets an ordinary user make the namespaces, which only trying can tell.
      if (!(reason instanceof AppError && reason.code === 'sandbox/failed' && privileged.available()))
        throw reason
      log(`sandbox: not rootless, ${reason.message}`)
      return throughHelper(privileged, choice)
    }
  }

  function startHere(): Promise<Running> {
    const owner = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 }
    const state = { ...stateOf(env), below: [] }
    return startSandbox({ state, owner, holder: process.pid, ...choice }).catch((error: unknown) => {
      throw fromHelper(error)
    })
  }

  return {
    started,
    seeded,
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
