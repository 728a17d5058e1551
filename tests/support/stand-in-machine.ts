import { readFileSync, realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { machine } from '../../electron/helper/manager'

/** A file beside a program's bundle that names a stand-in for systemd (`Supervisor.machine`). */
export const MACHINE_FILE = 'machine.json'

/** This program takes the stand-in that lies beside it for systemd, as a test's own process does. */
export function useStandIn(): void {
  const beside = dirname(realpathSync(process.argv[1] ?? ''))
  const given = JSON.parse(readFileSync(join(beside, MACHINE_FILE), 'utf8')) as Partial<typeof machine>
  Object.assign(machine, given, { hasSystemd: () => true })
}
