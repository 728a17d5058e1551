/** The socket of a dockerd that is told no other, `/run` being where `/var/run` leads. */
const DEFAULT_SOCKET = '/run/docker.sock'

/**
 * Whether a dockerd of this command line would listen on a unix socket. One that is handed its
 * socket (`fd://`), or is told none, is taken to have the default one.
 */
export function listensOn(argv: readonly string[], socketPath: string | undefined): boolean {
  if (socketPath === undefined || argv.length === 0) return false
  const wanted = withoutVar(socketPath)
  const hosts = hostsOf(argv)
  if (hosts.length === 0 || hosts.some((host) => host.startsWith('fd://'))) {
    if (wanted === DEFAULT_SOCKET) return true
  }
  return hosts.some(
    (host) => host.startsWith('unix://') && withoutVar(host.slice('unix://'.length)) === wanted,
  )
}

/** Values of `--host`, `--host=`, `-H` and `-Hvalue`. */
function hostsOf(argv: readonly string[]): string[] {
  return argv.flatMap((arg, i) => {
    if (arg === '-H' || arg === '--host') return [argv[i + 1] ?? '']
    const joined = /^(?:--host=|-H=?)(.+)$/.exec(arg)?.[1]
    return joined === undefined ? [] : [joined]
  })
}

function withoutVar(path: string): string {
  return path.startsWith('/var/run/') ? path.slice('/var'.length) : path
}
