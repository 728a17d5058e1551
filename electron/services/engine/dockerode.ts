import { Agent } from 'node:https'
import type Docker from 'dockerode'
import { OWN_AGENT } from './connection'
import type { Address } from './endpoint'

/** So that whoever watches dockerd can tell Porthole's requests from others. */
const headers = { 'User-Agent': OWN_AGENT }

/** dockerode on an address, speaking one version. Loaded when first needed: it is not small. */
export async function openDockerode(address: Address, apiVersion: string): Promise<Docker> {
  const { default: Dockerode } = await import('dockerode')
  const version = `v${apiVersion}`
  if (address.kind === 'unix') return new Dockerode({ socketPath: address.path, version, headers })
  const { host, port, tls } = address
  if (!tls) return new Dockerode({ host, port, protocol: 'http', version, headers })
  const { ca, cert, key, verify } = tls
  const material = {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  }
  return new Dockerode({
    host,
    port,
    protocol: 'https',
    version,
    headers,
    ...material,
    ...(verify ? {} : { agent: new Agent({ ...material, rejectUnauthorized: false }) }),
  })
}
