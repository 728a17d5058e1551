import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import { networkInterfaces } from 'node:os'

export interface MetricsTarget {
  host: string
  port: number
}

/**
 * Where `metrics-addr` (HOST:PORT) can be asked: an address of this machine, for a wildcard the
 * loopback. A sentence when there is none: nothing is ever asked of another machine.
 */
export async function metricsTarget(address: string): Promise<MetricsTarget | string> {
  const [, bracketed, plain, digits] = /^(?:\[([0-9A-Fa-f:.]*)\]|([^:[\]]*)):(\d{1,5})$/.exec(address) ?? []
  const port = Number(digits)
  if (digits === undefined || port < 1 || port > 65_535) return `${address} is not HOST:PORT.`
  const named = bracketed ?? plain ?? ''
  if (named === '' || named === '0.0.0.0') return { host: '127.0.0.1', port }
  if (bracketed !== undefined && /^[0:]+$/.test(bracketed)) return { host: '::1', port }
  const host = isIP(named) ? named : await resolve(named)
  if (host === undefined) return `${named} cannot be resolved.`
  return isOwn(host) ? { host, port } : `${host} is no address of this machine.`
}

async function resolve(name: string): Promise<string | undefined> {
  try {
    return (await lookup(name)).address
  } catch {
    return undefined
  }
}

function isOwn(host: string): boolean {
  if (/^127\./.test(host) || host === '::1') return true
  return Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === host))
}
