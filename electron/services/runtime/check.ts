import { spawn } from 'node:child_process'
import { lstatSync, readFileSync, readlinkSync, type Stats } from 'node:fs'
import { dirname, join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import type { RuntimeCheck } from '.'

/** Folders in which a name without a slash is looked up, dockerd's under systemd. */
const USUAL_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
const ANSWER_MS = 5_000
const MAX_OUTPUT = 64 * 1024
const MAX_LINKS = 40

/**
 * Looks at a program that is to become a runtime and asks its version, as this very user. It is
 * run only when root and this user alone could have put it there: no folder on the way to it, and
 * no link, may be others' to change.
 */
export async function checkProgram(path: string, uid = process.geteuid?.() ?? 0): Promise<RuntimeCheck> {
  const way = path.startsWith('/') ? wayTo(path) : lookUp(path)
  const end = way?.at(-1)
  if (!way || !end) return { verdict: 'not-found' }
  const { stat } = end
  const known = {
    path: end.path,
    owner: nameOf(stat.uid),
    mode: (stat.mode & 0o7777).toString(8).padStart(4, '0'),
    rootsOwn: isOnlyFor(way, [0]),
  }
  if (!stat.isFile() || (stat.mode & 0o111) === 0) return { verdict: 'not-a-program', ...known }
  if (!isOnlyFor(way, [0, uid])) return { verdict: 'unsafe', ...known }
  const { ok, said } = await ask(end.path)
  return { verdict: ok ? 'answers' : 'no-answer', ...known, ...(said === '' ? {} : { said }) }
}

interface Step {
  path: string
  stat: Stats
}

function lookUp(name: string): Step[] | undefined {
  for (const folder of USUAL_PATH.split(':')) {
    const way = wayTo(join(folder, name))
    if (way) return way
  }
  return undefined
}

/** Everything that is passed on the way to a file: folders, links, and at the end the file. */
function wayTo(path: string): Step[] | undefined {
  const way: Step[] = []
  let at = '/'
  let parts = path.split('/').filter(Boolean)
  try {
    way.push({ path: at, stat: lstatSync(at) })
    for (let links = 0; parts.length > 0;) {
      const [part = '', ...rest] = parts
      parts = rest
      if (part === '.') continue
      if (part === '..') {
        at = dirname(at)
        continue
      }
      const next = join(at, part)
      const stat = lstatSync(next)
      way.push({ path: next, stat })
      if (!stat.isSymbolicLink()) {
        at = next
        continue
      }
      links += 1
      if (links > MAX_LINKS) return undefined
      const target = readlinkSync(next)
      if (target.startsWith('/')) at = '/'
      parts = [...target.split('/').filter(Boolean), ...parts]
    }
    return way
  } catch {
    return undefined
  }
}

/** Nobody but these users can change what stands at the end. */
function isOnlyFor(way: readonly Step[], uids: readonly number[]): boolean {
  return way.every(({ stat }) => {
    if (!uids.includes(stat.uid)) return false
    if (stat.isSymbolicLink()) return true
    // In a sticky folder others may add names, and not replace these.
    const sticky = stat.isDirectory() && (stat.mode & 0o1000) !== 0
    return (stat.mode & 0o022) === 0 || sticky
  })
}

function ask(program: string): Promise<{ ok: boolean; said: string }> {
  return new Promise((resolve) => {
    const child = spawn(program, ['--version'], {
      cwd: '/',
      env: { PATH: USUAL_PATH, LANG: 'C' },
      stdio: ['ignore', 'pipe', 'pipe'],
      // Whatever it starts is in its group, and ends with it.
      detached: true,
    })
    let said = ''
    const endGroup = (): void => {
      if (child.pid === undefined) return
      try {
        process.kill(-child.pid, 'SIGKILL')
      } catch {
        // The whole group has ended.
      }
    }
    const take = (part: string): void => {
      said += part
      if (said.length > MAX_OUTPUT) endGroup()
    }
    child.stdout.setEncoding('utf8').on('data', take)
    child.stderr.setEncoding('utf8').on('data', take)
    const timer = setTimeout(endGroup, ANSWER_MS)
    const settle = (ok: boolean): void => {
      clearTimeout(timer)
      resolve({ ok, said: firstLines(said) })
    }
    child.on('error', () => settle(false))
    // Something it left behind would hold its output open.
    child.on('exit', endGroup)
    child.on('close', (code) => settle(code === 0))
  })
}

function firstLines(text: string): string {
  return stripVTControlCharacters(text)
    .split('\n')
    .map((line) => line.trimEnd())
    .filter((line) => line !== '')
    .slice(0, 6)
    .join('\n')
    .slice(0, 500)
}

function nameOf(uid: number): string {
  try {
    const line = readFileSync('/etc/passwd', 'utf8')
      .split('\n')
      .find((each) => each.split(':')[2] === String(uid))
    return line?.split(':')[0] ?? String(uid)
  } catch {
    return String(uid)
  }
}
