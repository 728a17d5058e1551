import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Access } from '../contract/define'
import { startServer, type RunningServer, type ServerOptions } from '../server/server'
import { isLoopback } from '../server/guard'
import { createCore } from '../services/core'
import { createOwnLog } from '../services/own-log'
import { UsageError, type CommandLine, type ServeOptions } from './command-line'

const DEFAULT_PORT = 7414

/** `porthole serve`: the window in a browser. Each line on stdout is a link that works once. */
export async function serve({
  serve: options,
  engine,
}: Extract<CommandLine, { command: 'serve' }>): Promise<number> {
  if (!isLoopback(options.host) && options.tlsCert === undefined && !options.insecure)
    throw new UsageError(
      `Others can reach ${options.host}, and whoever reads along could take over the session and with it this machine's Docker.`,
      'Give --tls-cert and --tls-key, or use "ssh -L" to 127.0.0.1, or insist with --insecure.',
    )
  const stopped = new Promise<void>((resolve) => {
    process.once('SIGINT', () => resolve())
    process.once('SIGTERM', () => resolve())
  })
  const fileLog = createOwnLog(process.env)
  const log = (line: string) => {
    fileLog(line)
    process.stderr.write(`porthole: ${line}\n`)
  }
  const core = createCore({ ...engine, env: process.env, log })
  try {
    const server = await listen(options, {
      served: core.served,
      access: accessOf(options, engine.sandbox === true),
      assets: join(__dirname, '..', 'renderer'),
      ...tlsOf(options),
      onLinkUsed: (next) => {
        process.stderr.write('porthole: that link was used; the next one:\n')
        process.stdout.write(`${next}\n`)
      },
    })
    process.stdout.write(`${server.link()}\n`)
    process.stderr.write(
      'porthole: open this link once; the next one is printed when it was used. Ctrl+C ends.\n',
    )
    core.start()
    await stopped
    await server.close()
  } finally {
    await core.dispose()
  }
  return 0
}

/** Read and write; admin when asked for, or over a daemon that is Porthole's own. */
function accessOf(options: ServeOptions, sandbox: boolean): ReadonlySet<Access> {
  if (options.readOnly) return new Set<Access>(['read'])
  if (options.allowAdmin || sandbox) return new Set<Access>(['read', 'write', 'admin'])
  return new Set<Access>(['read', 'write'])
}

/** Throws {@link UsageError} for files that cannot be read. */
function tlsOf({ tlsCert, tlsKey }: ServeOptions): Pick<ServerOptions, 'tls'> {
  if (tlsCert === undefined || tlsKey === undefined) return {}
  try {
    return { tls: { cert: readFileSync(tlsCert), key: readFileSync(tlsKey) } }
  } catch (error) {
    throw new UsageError(`The TLS files cannot be read: ${(error as Error).message}`)
  }
}

/** The port asked for, or the usual one, or any when that is taken and nobody asked for it. */
async function listen(
  options: ServeOptions,
  server: Omit<ServerOptions, 'host' | 'port'>,
): Promise<RunningServer> {
  const { host } = options
  try {
    return await startServer({ ...server, host, port: options.port ?? DEFAULT_PORT })
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'EADDRINUSE' && options.port === undefined) {
      process.stderr.write(`porthole: port ${DEFAULT_PORT} is taken, using a free one\n`)
      return startServer({ ...server, host, port: 0 })
    }
    if (code === 'EADDRINUSE')
      throw new UsageError(
        `Port ${options.port ?? DEFAULT_PORT} is taken.`,
        'Leave --port out to use a free one.',
      )
    if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND' || code === 'EACCES')
      throw new UsageError(`Cannot listen on ${host}: ${message}`, 'See porthole serve --help.')
    throw error
  }
}
