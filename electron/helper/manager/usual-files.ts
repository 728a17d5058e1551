import { homedir } from 'node:os'
import { join } from 'node:path'

/** Where dockerd looks when nobody tells it otherwise, and where Ubuntu's snap has it look. */
export const DEFAULT_FILE = '/etc/docker/daemon.json'
export const SNAP_FILE = '/var/snap/docker/current/config/daemon.json'

/** Where this user's rootless dockerd reads its file. */
export function rootlessFile(): string {
  const config = process.env['XDG_CONFIG_HOME']
  return join(
    config === undefined || config === '' ? join(homedir(), '.config') : config,
    'docker/daemon.json',
  )
}
