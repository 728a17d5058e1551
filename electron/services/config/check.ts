import { basename, isAbsolute } from 'node:path'
import { missingPlugins, authorizationPlugins } from '../../helper/plugins'
import { dockerdVersion, SYSTEM_PATH, validateWithDockerd, type ValidateResult } from '../../helper/validate'
import { onPath } from '../privileged'
import { problemsOf } from './dockerd-says'
import { effectiveMembers, type Document, type Problem } from './document'
import { atLeast } from './options'
import { textOf } from './texts'

/** Whether an engine of this version has `dockerd --validate`. */
export function canValidate(version: string): boolean {
  return atLeast(version, '23.0')
}

/** The daemon's binary: what it runs, else what its name means to this user and is of its version. */
export async function findDockerd(
  given: string | undefined,
  daemon: { exe: string | undefined; argv: readonly string[] },
  version: string | undefined,
  env: NodeJS.ProcessEnv,
): Promise<string | undefined> {
  if (given !== undefined) return given
  if (daemon.exe !== undefined) return daemon.exe
  const name = daemon.argv[0] ?? 'dockerd'
  const path = isAbsolute(name)
    ? name
    : onPath(basename(name), { PATH: `${env['PATH'] ?? ''}:${SYSTEM_PATH}` })
  if (path === undefined || version === undefined) return path
  return (await dockerdVersion(path)) === version ? path : undefined
}

/** dockerd's own verdict as problems; those that repeat what is known already are left out. */
export async function checkWithDockerd(
  document: Document,
  known: readonly Problem[],
  binary: string,
  argv: readonly string[],
  path: string,
): Promise<{ validated: boolean; problems: Problem[] }> {
  const answer = await validateWithDockerd({ binary, argv, text: document.text, path })
  if (answer.verdict === 'ok') return { validated: true, problems: [] }
  if (answer.verdict === 'unknown' || isOurRight(answer))
    return { validated: false, problems: [notValidated(answer.message)] }
  const errors = known.filter((each) => each.severity === 'error')
  const problems = problemsOf(answer.message, document, 'validate').filter((each) =>
    each.key === undefined
      ? !errors.some((error) => error.code.startsWith('json/'))
      : !errors.some((error) => error.key === each.key),
  )
  return { validated: true, problems }
}

/** A file dockerd may read as root and this user may not: that says nothing about the text. */
function isOurRight({ message }: ValidateResult): boolean {
  return process.geteuid?.() !== 0 && /permission denied/.test(message)
}

/** No dockerd was found to ask. */
export function withoutBinary(): Problem {
  return { severity: 'info', ...textOf('validate/no-binary', {}), source: 'validate' }
}

/** dockerd could not be asked. */
function notValidated(why: string): Problem {
  return { severity: 'info', ...textOf('validate/unavailable', { why }), source: 'validate' }
}

/** The plugins the file asks for and the engine has not; with one of them it ends on reload. */
export async function checkPlugins(document: Document, socketPath: string): Promise<Problem[]> {
  const member = effectiveMembers(document).get('authorization-plugins')
  if (member === undefined) return []
  const missing = await missingPlugins(socketPath, authorizationPlugins(document.text)).catch(() => [])
  if (missing.length === 0) return []
  return [
    {
      severity: 'error',
      ...textOf('value/no-plugin', { plugins: missing.join(', ') }),
      key: member.key,
      ...document.lines.place(member.offset),
      source: 'static',
    },
  ]
}
