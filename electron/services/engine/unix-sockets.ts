import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readLink, readText } from './process-table'

/** One unix socket of this network namespace. */
export interface UnixSocket {
  listening: boolean
  /** Empty for one without a name, as the client's end is. */
  path: string
  inode: string
  /** Inode of the other end; empty where it is not known. */
  peer: string
  /** Processes that hold it open, as far as this user may see them. */
  holders: { pid: number; name: string }[]
}

const PROGRAMS = ['/usr/bin/ss', '/bin/ss', '/usr/sbin/ss', '/sbin/ss']
const TIMEOUT_MS = 5_000
const MAX_OUTPUT = 32 * 1024 * 1024

/**
 * Every unix socket with both ends and their processes, which only `ss` tells (it asks the kernel
 * by netlink). Undefined when there is no `ss`.
 */
export async function readWithSs(): Promise<UnixSocket[] | undefined> {
  const program = PROGRAMS.find((path) => existsSync(path))
  if (program === undefined) return undefined
  const text = await new Promise<string | undefined>((resolve) => {
    execFile(
      program,
      ['-xapH'],
      { timeout: TIMEOUT_MS, maxBuffer: MAX_OUTPUT, env: { LC_ALL: 'C' } },
      (error, out) => resolve(error ? undefined : out),
    )
  })
  return text === undefined ? undefined : parseSs(text, holds)
}

/** The same without other ends and processes, from /proc/net/unix, which anybody may read. */
export function readFromProc(text = readText('/proc/net/unix') ?? ''): UnixSocket[] {
  return text.split('\n').flatMap((line) => {
    // Num RefCount Protocol Flags Type St Inode Path; flag 0x10000: accepts; state 03: connected.
    const match = /^\S+ \S+ \S+ (\S+) \S+ (\S+) +(\d+) (.+)$/.exec(line)
    const [, flags, state, inode = '', path = ''] = match ?? []
    const listening = flags === '00010000'
    return match && (listening || state === '03') ? [{ listening, path, inode, peer: '', holders: [] }] : []
  })
}

const LINE = /^u_\w+ +(LISTEN|ESTAB) +\d+ +\d+ +(.*?) +(\d+) +(?:\*|.*?) +(\d+)(?: +users:\((.*)\))? *$/

/**
 * Reads `ss -xapH`. A process chooses its own name and could write other process ids into it:
 * `confirm` says whether a descriptor really is that socket.
 */
export function parseSs(
  text: string,
  confirm: (pid: number, fd: number, inode: string) => boolean,
): UnixSocket[] {
  return text.split('\n').flatMap((line) => {
    const match = LINE.exec(line)
    if (!match) return []
    const [, state, local = '', inode = '', peer = '', users = ''] = match
    const holders = new Map<number, string>()
    for (const [, name = '', pid, fd] of users.matchAll(/\("(.*?)",pid=(\d+),fd=(\d+)\)/g))
      if (confirm(Number(pid), Number(fd), inode)) holders.set(Number(pid), name)
    return [
      {
        listening: state === 'LISTEN',
        path: local === '*' ? '' : local,
        inode,
        peer: peer === '0' ? '' : peer,
        holders: [...holders].map(([pid, name]) => ({ pid, name })),
      },
    ]
  })
}

function holds(pid: number, fd: number, inode: string): boolean {
  return readLink(`/proc/${pid}/fd/${fd}`) === `socket:[${inode}]`
}
