import { readFileSync } from 'node:fs'
import { readDaemon } from '../../electron/helper/daemon'
import type { Lab } from './lab'
import { until } from './until'

/** pid of the dockerd that runs on a lab's folders, whoever started it; undefined when none does. */
export function daemonPid(lab: Lab): number | undefined {
  try {
    return readDaemon(Number(readFileSync(lab.pidfile, 'utf8').trim()))?.pid
  } catch {
    return undefined
  }
}

/** Ends the dockerd of a lab as `kill PID` does, and waits until it is gone. */
export async function terminate(lab: Lab): Promise<void> {
  const pid = daemonPid(lab)
  if (pid === undefined) throw new Error('No dockerd runs on this lab.')
  process.kill(pid, 'SIGTERM')
  await until('dockerd to end', () => daemonPid(lab) === undefined)
}

/** Stops the dockerd that the code under test has started, and then the lab. */
export async function stopAll(lab: Lab): Promise<void> {
  if (daemonPid(lab) !== undefined) await terminate(lab)
  await lab.stop()
}

/** A container that ends at once when it is told to; returns its name. */
export function runQuick(lab: Lab, name: string, ...flags: string[]): string {
  lab.docker(
    ...['run', '--detach', '--name', name, '--network', 'none', ...flags, 'busybox:lab'],
    ...['sh', '-c', 'trap "exit 0" TERM; while :; do sleep 0.1; done'],
  )
  return name
}

/** Names of the containers that run. */
export function running(lab: Lab): string[] {
  return lab.docker('ps', '--format', '{{.Names}}').split('\n').filter(Boolean).sort()
}
