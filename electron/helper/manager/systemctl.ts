import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { filledIn, parseAssignments, readAssignments, type Assignments } from './assignments'
import { machine } from './machine'
import { HelperError } from '../verb'

/** Of a unit's properties those that say who runs dockerd and how it is. */
const PROPERTIES = [
  'LoadState',
  'ActiveState',
  'SubState',
  'Result',
  'NRestarts',
  'MainPID',
  'ExecStart',
  'FragmentPath',
  'DropInPaths',
  'Environment',
  'EnvironmentFiles',
  'TriggeredBy',
]

/** One unit as `systemctl show` describes it. */
export interface UnitState {
  name: string
  /** `loaded`, `masked`, `not-found`, … */
  loadState: string
  activeState: string
  subState: string
  result: string
  restarts: number
  mainPid: number | undefined
  /** Command line of `ExecStart=`, program first, variables filled in. */
  command: string[]
  /** The unit's file, its drop-ins, and the files its variables come from. */
  files: string[]
  /** Socket units that start it. */
  sockets: string[]
}

export interface Answer {
  ok: boolean
  stdout: string
  stderr: string
}

/** A name systemd would have; what begins with a dash would be read as an option. */
export function isUnitName(name: string): boolean {
  return /^[A-Za-z0-9][\w.@:\\-]{0,250}\.(service|socket)$/.test(name)
}

/** Runs systemctl with fixed words and checked names; never throws. `user`: that user's own manager. */
export function systemctl(
  words: readonly string[],
  units: readonly string[],
  { user, timeoutMs = 20_000 }: { user: boolean; timeoutMs?: number },
): Promise<Answer> {
  const bad = units.find((name) => !isUnitName(name))
  if (bad !== undefined) return Promise.resolve({ ok: false, stdout: '', stderr: `${bad} is no unit.` })
  const args = [...(user ? ['--user'] : []), '--no-pager', '--no-ask-password', ...words, '--', ...units]
  return new Promise((resolve) => {
    execFile(
      machine.systemctl,
      args,
      { timeout: timeoutMs, maxBuffer: 4 * 1024 * 1024, env: environment(user) },
      (error, stdout, stderr) => {
        const late = error?.killed === true ? `systemctl has not answered within ${timeoutMs / 1_000} s.` : ''
        resolve({ ok: error === null, stdout, stderr: (stderr.trim() || late || error?.message) ?? '' })
      },
    )
  })
}

function environment(user: boolean): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = { PATH: process.env['PATH'], LC_ALL: 'C', SYSTEMD_COLORS: '0' }
  // Where the user's manager listens; a program started by cron or ssh may lack the variable.
  if (user) env['XDG_RUNTIME_DIR'] = process.env['XDG_RUNTIME_DIR'] ?? `/run/user/${process.getuid?.() ?? 0}`
  return env
}

/** Has the system's manager read its unit files again. Throws `helper/failed` with what it says. */
export async function reloadUnits(): Promise<void> {
  const { ok, stderr } = await systemctl(['daemon-reload'], [], { user: false })
  if (!ok) throw new HelperError('helper/failed', `systemctl daemon-reload failed: ${stderr.slice(-1_000)}`)
}

/** State of a unit; undefined when systemctl does not answer, or has never heard of it. */
export async function showUnit(name: string, user: boolean): Promise<UnitState | undefined> {
  const { ok, stdout } = await systemctl(['show', `--property=${PROPERTIES.join(',')}`], [name], { user })
  if (!ok) return undefined
  const state = parseShow(name, stdout)
  return ['', 'not-found'].includes(state.loadState) ? undefined : state
}

/** Reads the `Key=value` lines of `systemctl show`. */
export function parseShow(name: string, text: string): UnitState {
  const lines = text.split('\n').map((line): [string, string] => {
    const at = line.indexOf('=')
    return [line.slice(0, at), line.slice(at + 1).trim()]
  })
  const value = new Map(lines)
  const of = (key: string): string => value.get(key) ?? ''
  const words = (key: string): string[] =>
    of(key)
      .split(' ')
      .filter((word) => word !== '')
  const mainPid = Number(of('MainPID'))
  const environmentFiles = [...text.matchAll(/^EnvironmentFiles=(.*) \(ignore_errors=\w+\)$/gm)]
    .map(([, path]) => path ?? '')
    .filter((path) => existsSync(path))
  return {
    name,
    loadState: of('LoadState'),
    activeState: of('ActiveState'),
    subState: of('SubState'),
    result: of('Result'),
    restarts: Number(of('NRestarts')) || 0,
    mainPid: mainPid > 1 ? mainPid : undefined,
    command: filledIn(commandOf(of('ExecStart')), variables(of('Environment'), environmentFiles)),
    files: [...words('FragmentPath'), ...words('DropInPaths'), ...environmentFiles],
    sockets: words('TriggeredBy').filter((unit) => unit.endsWith('.socket')),
  }
}

/** `{ path=/usr/sbin/dockerd ; argv[]=/usr/sbin/dockerd -H fd:// $DOCKER_OPTS ; ignore_errors=no ; … }` */
function commandOf(execStart: string): string[] {
  const argv = / argv\[\]=(.*?) ; ignore_errors=/.exec(execStart)?.[1]
  return argv === undefined ? [] : argv.split(' ').filter((word) => word !== '')
}

/** `A=b "C=d e"`, and over it what stands in the files. */
function variables(environment: string, files: readonly string[]): Assignments {
  const own = [...environment.matchAll(/"((?:[^"\\]|\\.)*)"|(\S+)/g)].map(
    ([, quoted, bare]) => quoted?.replace(/\\(.)/g, '$1') ?? bare ?? '',
  )
  return new Map([
    ...parseAssignments(own.join('\n')),
    ...files.flatMap((file) => [...readAssignments(file)]),
  ])
}
