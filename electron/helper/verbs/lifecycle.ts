import { dirname, resolve } from 'node:path'
import { configFileOf, isRootsOwn } from '../daemon'
import { changeLife, type LifeAction, type LifeRequest, type LifeResult } from '../lifecycle'
import { DEFAULT_FILE, findManager, type ManagedState } from '../manager'
import { requireRootSocket, trustedDaemon } from '../paths'
import { HelperError, type Verb } from '../verb'
import { Input } from './input'

interface ServiceOutput extends ManagedState {
  controllable: boolean
}

/** Who runs dockerd and in what state that is, where only root may see it. */
export const service: Verb<LifeRequest, ServiceOutput> = {
  name: 'service',
  parse,
  async run(request) {
    const manager = await findManager(trusted(request))
    return { ...(await manager.state()), controllable: manager.controllable }
  },
}

export const start = lifeVerb('start')
export const stop = lifeVerb('stop')
export const restart = lifeVerb('restart')

/** A verb that changes whether dockerd runs, with proof. */
function lifeVerb(action: LifeAction): Verb<LifeRequest, LifeResult> {
  return {
    name: action,
    parse,
    run: (request, { emit }) => changeLife(action, trusted(request), emit),
  }
}

function parse(input: unknown): LifeRequest {
  return lifeFields(Input.of(input, ['path', 'pid', 'socketPath']))
}

/** Which engine: the fields of every verb that is about the life of one. */
export function lifeFields(fields: Input): LifeRequest {
  return {
    path: fields.path('path'),
    pid: fields.optional('pid', (name) => fields.pid(name)),
    socketPath: fields.path('socketPath'),
  }
}

/**
 * Of a running daemon the path is its own, whatever the caller says. Of one that is down it only
 * chooses among root's own units and recipes: nothing at the path is read or run.
 */
export function trusted({ path, pid, socketPath }: LifeRequest): LifeRequest {
  if (pid !== undefined) {
    const daemon = trustedDaemon(pid)
    requireRootSocket(socketPath)
    return { path: configFileOf(daemon) ?? DEFAULT_FILE, pid, socketPath }
  }
  const folder = dirname(resolve(socketPath))
  if (!isRootsOwn(folder))
    throw new HelperError('helper/path-refused', `Others than root may make a socket in ${folder}.`, {
      detail: { path: folder },
    })
  return { path, socketPath }
}
