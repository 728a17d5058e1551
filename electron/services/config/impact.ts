import type Docker from 'dockerode'
import type { OutputOf } from '../../contract/contract'
import { effectiveMembers, type Document } from './document'
import type { Flag } from './flags'

/** What a restart of dockerd does to the containers that run now. */
export type Impact = NonNullable<OutputOf<'config.check'>['impact']>

interface RestartInfo {
  LiveRestoreEnabled?: boolean
  Swarm?: { LocalNodeState?: string }
}

/**
 * Whether containers outlive a restart with this text. dockerd leaves them alone when it stops with
 * live-restore on, and ends those it then finds when it starts without (`daemon.restore` of moby):
 * so it must be in force now and still be set afterwards. A swarm node cannot have it.
 */
export function outlive(info: RestartInfo, document: Document, flags: readonly Flag[]): boolean {
  const inSwarm = (info.Swarm?.LocalNodeState ?? 'inactive') !== 'inactive'
  if (info.LiveRestoreEnabled !== true || inSwarm) return false
  const member = effectiveMembers(document).get('live-restore')
  if (member !== undefined) return member.value === true
  const flag = flags.findLast(({ key }) => key === 'live-restore')
  return flag !== undefined && !/^(false|f|0)$/i.test(flag.value)
}

/**
 * Names of the running containers by what a restart with this text does to them. Undefined when the
 * engine does not tell, or the text cannot be read.
 */
export async function impactOfRestart(
  docker: () => Promise<Docker>,
  document: Document,
  flags: readonly Flag[],
): Promise<Impact | undefined> {
  if (document.members === undefined) return undefined
  try {
    const client = await docker()
    const [info, running] = await Promise.all([
      client.info() as Promise<RestartInfo>,
      client.listContainers(),
    ])
    const names = running
      .map(({ Id, Names }) => Names[0]?.replace(/^\//, '') ?? Id.slice(0, 12))
      .sort((a, b) => a.localeCompare(b))
    return outlive(info, document, flags) ? { stops: [], keeps: names } : { stops: names, keeps: [] }
  } catch {
    return undefined
  }
}
