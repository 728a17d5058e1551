import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { request } from 'node:http'
import type { SandboxPlaces } from '../../electron/helper/sandbox'

/** How long a test may take that fills a sandbox, in milliseconds: images are built on a busy machine. */
export const SEED_MS = 300_000

/** Processes, mounts and files that still speak of a sandbox; empty when nothing is left. */
export function leftovers({ run, execRoot, dataRoot }: SandboxPlaces): string[] {
  const processes = readdirSync('/proc').filter((entry) => {
    if (!/^\d+$/.test(entry)) return false
    const commandLine = contentOf(`/proc/${entry}/cmdline`)
    const root = contentOf(`/proc/${entry}/mountinfo`)
      .split('\n')
      .find((line) => line.split(' ')[4] === '/')
    return commandLine.includes(`${execRoot}/`) || root?.includes(`${dataRoot}/`) === true
  })
  const mounts = contentOf('/proc/self/mounts')
    .split('\n')
    .filter((line) => line.includes(run) || line.includes(dataRoot))
  return [...processes.map((pid) => `process ${pid}`), ...mounts, ...(existsSync(run) ? [run] : [])]
}

/** Process ids of the containers that run, each with what it has started. */
export async function containerProcesses(socket: string): Promise<number[]> {
  const list = JSON.parse((await get(socket, '/containers/json')).body) as { Id: string }[]
  const pids = await Promise.all(
    list.map(async ({ Id }) => {
      const { body } = await get(socket, `/containers/${Id}/json`)
      return (JSON.parse(body) as { State: { Pid: number } }).State.Pid
    }),
  )
  return pids.flatMap((pid) => [pid, ...childrenOf(pid)])
}

function childrenOf(pid: number): number[] {
  return contentOf(`/proc/${pid}/task/${pid}/children`).trim().split(' ').filter(Boolean).map(Number)
}

/** A plain API call, outside any code under test. */
export function get(socketPath: string, path: string): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const ask = request({ socketPath, path }, (answer) => {
      let body = ''
      answer.setEncoding('utf8').on('data', (part: string) => (body += part))
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body }))
    })
    ask.on('error', reject)
    ask.end()
  })
}

function contentOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
