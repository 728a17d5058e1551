import { existsSync } from 'node:fs'

/**
 * Where this machine keeps what the managers use. Tests put stand-ins in place of what a machine
 * without systemd does not have; nothing else ever writes here.
 */
export const machine = {
  /** Found on the PATH, which the helper has set itself. */
  systemctl: 'systemctl',
  /** Whether systemd is the init of this machine (sd_booted(3)). */
  hasSystemd: (): boolean => existsSync('/run/systemd/system'),
  journalctl: 'journalctl',
  /** Where an administrator's unit files and drop-ins lie (systemd.unit(5)). */
  unitFolder: '/etc/systemd/system',
  /** The script of Debian's and Docker's packages; below the pidfile of its start-stop-daemon, and its log. */
  initScript: '/etc/init.d/docker',
  /** What that script reads its options from. */
  initDefaults: '/etc/default/docker',
  initPidfile: '/run/docker-ssd.pid',
  initLog: '/var/log/docker.log',
  /** Where root keeps how a plain dockerd was started while it is stopped; gone after a boot. */
  runFolder: '/run/porthole',
}
