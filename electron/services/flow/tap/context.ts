import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { AppError } from '../../../contract/errors'

const run = promisify(execFile)
const TIMEOUT_MS = 15_000
/** Marks the contexts this file made, so that one left by a crash can be told from a person's own. */
const DESCRIPTION = 'Porthole tap'

/**
 * Makes a docker context for a socket, by the docker command line itself. One that an earlier tap left
 * behind is replaced; a person's own is not. Throws `flow/context-failed`.
 */
export async function makeContext(name: string, socket: string, env: NodeJS.ProcessEnv): Promise<void> {
  const left = await describe(name, env)
  if (left !== undefined && left !== DESCRIPTION)
    throw failed(name, 'is there already.', 'Choose another name, or remove it with `docker context rm`.')
  if (left === DESCRIPTION) await docker(['context', 'rm', '--force', name], name, env)
  await docker(
    ['context', 'create', name, '--description', DESCRIPTION, '--docker', `host=unix://${socket}`],
    name,
    env,
  )
}

/** Removes it, if it is still ours. Throws `flow/context-failed`. */
export async function removeContext(name: string, env: NodeJS.ProcessEnv): Promise<void> {
  if ((await describe(name, env)) !== DESCRIPTION) return
  await docker(['context', 'rm', '--force', name], name, env)
}

/** Its description; undefined when there is no such context. */
async function describe(name: string, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  let text: string
  try {
    text = await docker(['context', 'inspect', name], name, env)
  } catch (error) {
    if (/not found/i.test(String(error))) return undefined
    throw error
  }
  const [context] = JSON.parse(text) as { Metadata?: { Description?: unknown } }[]
  const description = context?.Metadata?.Description
  return typeof description === 'string' ? description : ''
}

async function docker(args: string[], name: string, env: NodeJS.ProcessEnv): Promise<string> {
  try {
    return (await run('docker', args, { env, timeout: TIMEOUT_MS })).stdout
  } catch (error) {
    const { code, stderr } = error as { code?: unknown; stderr?: string }
    if (code === 'ENOENT')
      throw failed(name, 'needs the docker command line.', 'Set DOCKER_HOST instead of using a context.')
    throw failed(name, `could not be changed: ${(stderr ?? String(error)).trim().slice(0, 300)}`)
  }
}

function failed(name: string, why: string, hint?: string): AppError {
  return new AppError('flow/context-failed', `The docker context "${name}" ${why}`, {
    hint,
    detail: { name },
  })
}
