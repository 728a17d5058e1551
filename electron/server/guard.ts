import type { IncomingMessage } from 'node:http'
import { isIP } from 'node:net'
import { hostname, networkInterfaces } from 'node:os'

/** Whether only this machine can reach an address. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))
}

/** `host:port` as a browser writes it: IPv6 in brackets, the scheme's own port left out. */
function authority(host: string, port: number, tls: boolean): string {
  const name = isIP(host) === 6 ? `[${host}]` : host.toLowerCase()
  return port === (tls ? 443 : 80) ? name : `${name}:${port}`
}

/**
 * Every `Host` a browser may name this server by. Exact, because a name under someone else's
 * control that points here (DNS rebinding) would otherwise be as good as ours.
 */
export function allowedHosts(host: string, port: number, tls: boolean): ReadonlySet<string> {
  const names = new Set([host])
  const everywhere = host === '0.0.0.0' || host === '::'
  if (isLoopback(host) || everywhere) names.add('localhost')
  if (everywhere) {
    names.delete(host)
    names.add(hostname())
    for (const entries of Object.values(networkInterfaces()))
      for (const entry of entries ?? []) names.add(entry.address)
  }
  return new Set([...names].map((name) => authority(name, port, tls)))
}

/** Why a request is refused, in a sentence and with what to do; undefined lets it in. */
export interface Refusal {
  status: number
  message: string
  hint: string
}

export interface Guard {
  /** The `Host` header must be one of ours. */
  host(request: IncomingMessage): Refusal | undefined
  /** Host, and an `Origin` that is exactly this server's under the name it was called by. */
  origin(request: IncomingMessage): Refusal | undefined
}

/** Checks against requests that another page, or another name, makes a browser send here. */
export function createGuard(hosts: ReadonlySet<string>, tls: boolean): Guard {
  const scheme = tls ? 'https' : 'http'
  const host: Guard['host'] = (request) =>
    hosts.has((request.headers.host ?? '').toLowerCase())
      ? undefined
      : {
          status: 421,
          message: 'Porthole does not answer under this name.',
          hint: `Use ${scheme}://${[...hosts][0] ?? ''} (through a tunnel: with the same port number on both ends).`,
        }
  return {
    host,
    origin(request) {
      const refused = host(request)
      if (refused) return refused
      // Browsers always send Origin here; what leaves it out is not a page of ours.
      if (request.headers.origin === `${scheme}://${(request.headers.host ?? '').toLowerCase()}`)
        return undefined
      return {
        status: 403,
        message: 'This request does not come from Porthole’s own page.',
        hint: 'Open the link that "porthole serve" printed.',
      }
    },
  }
}
