import type { OutputOf } from '../../../../electron/contract/contract'
import type { EngineAction } from '../config-apply/proposal'

type ServiceState = OutputOf<'engine.service'>

/**
 * The command that does by hand what Porthole cannot do here. Undefined where there is none to
 * tell: Docker Desktop has its own window, and nobody knows how a plain process was started.
 */
export function commandByHand(
  { manager, unit, socketUnit }: ServiceState,
  action: EngineAction,
): string | undefined {
  switch (manager) {
    case 'systemd':
    case 'systemd-user': {
      const call = manager === 'systemd' ? 'sudo systemctl' : 'systemctl --user'
      const name = unit ?? 'docker.service'
      // Past a start limit systemd starts nothing before the failures are forgotten.
      if (action === 'start') return `${call} reset-failed ${name} && ${call} start ${name}`
      if (action === 'stop') return `${call} stop ${[socketUnit, name].filter(Boolean).join(' ')}`
      return `${call} ${action} ${name}`
    }
    case 'sysv':
      return `sudo service ${unit ?? 'docker'} ${action}`
    case 'snap':
      return action === 'reload' ? undefined : `sudo snap ${action} ${unit ?? 'docker'}`
    default:
      return undefined
  }
}
