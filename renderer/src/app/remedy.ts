import type { EngineLink } from './engine'

/**
 * A command that may bring the daemon back, for the reasons where one is known; only for a
 * daemon of this machine that Porthole did not start itself.
 */
export function remedy(link: EngineLink, root: boolean): string | undefined {
  if (link.source === 'sandbox' || !link.endpoint.startsWith('unix://')) return undefined
  const sudo = root ? '' : 'sudo '
  const service = link.detail?.['service'] ?? 'docker'
  const path = link.endpoint.slice('unix://'.length)
  const rootless = path.startsWith('/run/user/')
  const systemctl = rootless ? 'systemctl --user' : `${sudo}systemctl`
  switch (link.reason) {
    case 'no-socket':
    case 'refused':
      return `${systemctl} start ${service}`
    case 'silent':
      return `${systemctl} status ${service}`
    case 'permission':
      return `sudo usermod -aG ${link.detail?.['group'] ?? 'docker'} ${link.detail?.['user'] ?? '"$USER"'}`
    default:
      return undefined
  }
}
