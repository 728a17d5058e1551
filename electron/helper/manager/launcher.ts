import { spawn, type ChildProcess } from 'node:child_process'
import { closeSync, constants, openSync } from 'node:fs'

/**
 * Waits for a process to end and then becomes a program. A shell of its own session, because it
 * must outlive everything of Porthole: whatever is killed meanwhile, the daemon comes back.
 *
 * $1 pid and $2 start time of the old process ("0 0" for none), $3 pidfile, $4 pid of a parent
 * that may start the daemon again by itself, $5 tenths of a second it is given to do so, $6 most
 * open files; then the program with its arguments, which are never looked at as text of a script.
 * It yields to any other dockerd that holds the pidfile, and to a child of that parent with the same
 * arguments: a supervisor may keep several daemons, or ask a dockerd for its version.
 */
const SCRIPT = `
old=$1 ticks=$2 pidfile=$3 parent=$4 grace=$5 files=$6
shift 6
wanted=$(shift; [ $# = 0 ] || printf '%s\\n' "$@")
nap() { sleep 0.1 2>/dev/null || sleep 1; }
started() {
  line=
  read -r line 2>/dev/null <"/proc/$1/stat" || return 1
  set -- \${line##*) }
  case $1 in Z | X) return 1 ;; esac
  start=\${20}
}
other() {
  [ "$1" != "$old" ] && read -r name 2>/dev/null <"/proc/$1/comm" && [ "$name" = dockerd ] && started "$1"
}
arguments() {
  tr '\\0' '\\n' 2>/dev/null <"/proc/$1/cmdline" | tail -n +2
}
taken() {
  if [ -n "$pidfile" ] && [ -r "$pidfile" ]; then
    holder=
    read -r holder <"$pidfile" || :
    case $holder in '' | *[!0-9]*) ;; *) other "$holder" && return 0 ;; esac
  fi
  children=
  [ "$parent" != 0 ] && read -r children 2>/dev/null <"/proc/$parent/task/$parent/children" || :
  for child in $children; do
    other "$child" && [ "$(arguments "$child")" = "$wanted" ] && return 0
  done
  return 1
}
while started "$old" && [ "$start" = "$ticks" ]; do nap; done
while [ "$grace" -gt 0 ]; do
  taken && exit 0
  nap
  grace=$((grace - 1))
done
taken && exit 0
[ -n "$files" ] && ulimit -n "$files" 2>/dev/null
exec "$@"
`

export interface Launch {
  /** Program and arguments. */
  command: readonly string[]
  cwd: string
  env: Record<string, string>
  /** Files the output is appended to; null for none. */
  stdout: string | null
  stderr: string | null
  /** The process to wait for. */
  after?: { pid: number; startTicks: string }
  pidfile?: string
  /** Who may start the daemon by itself, and how long it is waited for, in milliseconds. */
  supervisor?: { pid: number; graceMs: number }
  maxFiles?: string
}

/** Starts the launcher; its pid is the program's when it gets that far. */
export function launch(request: Launch): ChildProcess & { pid: number } {
  const { after, supervisor } = request
  const stdout = append(request.stdout)
  const stderr = append(request.stderr)
  try {
    const child = spawn(
      '/bin/sh',
      [
        '-c',
        SCRIPT,
        'sh',
        String(after?.pid ?? 0),
        after?.startTicks ?? '0',
        request.pidfile ?? '',
        String(supervisor?.pid ?? 0),
        String(Math.ceil((supervisor?.graceMs ?? 0) / 100)),
        /^\d+$/.test(request.maxFiles ?? '') ? (request.maxFiles ?? '') : '',
        ...request.command,
      ],
      { cwd: request.cwd, env: request.env, detached: true, stdio: ['ignore', stdout, stderr] },
    )
    if (child.pid === undefined) throw new Error('/bin/sh could not be started.')
    child.unref()
    return child as ChildProcess & { pid: number }
  } finally {
    for (const fd of [stdout, stderr]) if (fd !== 'ignore') closeSync(fd)
  }
}

function append(path: string | null): number | 'ignore' {
  if (path === null) return 'ignore'
  const { O_WRONLY, O_APPEND, O_CREAT, O_NOFOLLOW } = constants
  return openSync(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW, 0o640)
}
