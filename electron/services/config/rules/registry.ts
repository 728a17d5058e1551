import { isIP } from 'node:net'
import { entries, textIn } from '../nodes'
import type { Rule } from './checked'
import { parseGoUrl } from './go-url'

/** A mirror is checked while the engine starts, from 28.3 on with the file. */
const mirrors: Rule = (file) => {
  for (const { text, node } of file.items('registry-mirrors')) {
    const url = parseGoUrl(text)
    const values = { mirror: text }
    if (url === undefined) file.error('registry-mirrors', 'value/mirror-url', values, node)
    else if (!['http', 'https'].includes(url.scheme) || (file.since('28.3') && !text.includes('://')))
      file.error('registry-mirrors', 'value/mirror-scheme', values, node)
    else if (url.query !== '' || url.fragment !== '')
      file.error('registry-mirrors', 'value/mirror-query', values, node)
    else if (url.hasUser) file.error('registry-mirrors', 'value/mirror-user', {}, node)
    else if (url.path !== '' && url.path !== '/' && !file.since('23.0'))
      file.error('registry-mirrors', 'value/mirror-path', values, node)
    else if (url.host === '') file.warning('registry-mirrors', 'value/mirror-no-host', values, node)
  }
}

const insecureRegistries: Rule = (file) => {
  for (const { text, node } of file.items('insecure-registries')) {
    const name = text.replace(/^https?:\/\//i, '')
    if (!isRegistry(name) || /^-|-$/.test(text))
      file.error('insecure-registries', 'value/registry', { value: text }, node)
    else if (name !== text)
      file.warning('insecure-registries', 'value/registry-scheme', { value: text }, node)
  }
}

const PROXY_SCHEMES = ['http', 'https', 'socks5', 'socks5h']

/** The engine starts with whatever stands there, and then pulls nothing. */
const proxies: Rule = (file) => {
  if (!file.since('23.0')) return
  for (const { name, node } of entries(file.node('proxies'))) {
    const value = textIn(node)
    if (!['http-proxy', 'https-proxy'].includes(name) || value === undefined || value === '') continue
    const url = parseGoUrl(value.includes('://') ? value : `http://${value}`)
    if (url === undefined || url.host === '' || !PROXY_SCHEMES.includes(url.scheme))
      file.warning('proxies', 'value/proxy', { value }, node)
  }
}

const LABEL = '[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?'
const HOST_PORT = new RegExp(`^(?:${LABEL}(?:\\.${LABEL})*|\\[[a-fA-F0-9:]+\\])(?::(\\d+))?$`)

/** A host, a host with a port, an IP address, or a CIDR. */
function isRegistry(text: string): boolean {
  const [address = '', bits] = text.split('/')
  if (bits !== undefined) {
    const family = isIP(address)
    return (
      family !== 0 &&
      text.split('/').length === 2 &&
      /^\d{1,3}$/.test(bits) &&
      Number(bits) <= (family === 4 ? 32 : 128)
    )
  }
  if (isIP(text) === 6) return true
  const match = HOST_PORT.exec(text)
  return match !== null && Number(match[1] ?? 0) <= 65_535
}

export const REGISTRY: readonly Rule[] = [mirrors, insecureRegistries, proxies]
