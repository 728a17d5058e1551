import { isIP } from 'node:net'
import { isFolder, isMissing, isUnknownGroup } from './machine'
import type { Checked, Item, Rule } from './checked'

const hosts: Rule = (file) => {
  for (const { text, node } of file.items('hosts')) {
    const [, proto, address = ''] = /^\s*(?:([^:/]*):\/\/)?(.*)$/.exec(text) ?? []
    if (proto !== undefined && !['unix', 'tcp', 'fd', 'npipe'].includes(proto))
      file.error('hosts', 'value/host', { value: text }, node)
    else if ((proto ?? 'tcp') === 'tcp') checkTcp(address, { text, node }, file)
  }
}

/** Without a scheme an address is one of TCP too; its port may be left out, and nothing follows it. */
function checkTcp(address: string, { text, node }: Item, file: Checked): void {
  const port = /:([^:\]]*)$/.exec(address.trim())?.[1] ?? ''
  if (address.includes('/')) file.error('hosts', 'value/host-path', { value: text }, node)
  else if (!/^\d*$/.test(port) || Number(port) > 65_535) file.error('hosts', 'value/port', { port }, node)
}

/** The group of the unix sockets dockerd makes; those that systemd hands over have one already. */
const group: Rule = (file) => {
  const name = file.text('group')
  const set = file.inForce('hosts')
  const addresses: unknown[] = Array.isArray(set) ? set : []
  const makesSocket = addresses.length === 0 || addresses.some((each) => /^unix:|^\/|^$/.test(String(each)))
  // A number need not be listed.
  if (name !== undefined && makesSocket && !/^[+-]?\d+$/.test(name) && isUnknownGroup(name))
    file.error('group', 'value/group', { group: name })
}

/**
 * Certificates are read when the engine starts to listen. The paths it takes when it is told of TLS
 * by a flag do not count for what the file says; without tlsverify no CA is needed.
 */
const tls: Rule = (file) => {
  const verify = file.inForce('tlsverify')
  if (file.inForce('tls') !== true && verify === undefined) return
  const by = ['tlsverify', 'tls'].find((key) => file.has(key))
  for (const key of ['tlscacert', 'tlscert', 'tlskey']) {
    if (key === 'tlscacert' && verify !== true) continue
    const path = file.inForce(key)
    if (by !== undefined && (path === undefined || path === ''))
      file.error(by, 'value/tls-missing', { by, key })
    else if (typeof path === 'string' && file.has(key) && (isMissing(path) || isFolder(path)))
      file.error(key, 'value/no-file', { path })
  }
}

const metrics: Rule = (file) => {
  const address = file.text('metrics-addr')
  if (address === undefined) return
  const [, host = '', port = ''] = /^(\[[^\]]+\]|[^:[\]]*):(\d+)$/.exec(address) ?? []
  if (port === '') file.error('metrics-addr', 'value/address-port', { value: address })
  else if (Number(port) > 65_535) file.error('metrics-addr', 'value/port', { port })
  else if (host === '') file.error('metrics-addr', 'value/address-host', { value: address })
  else if (['0.0.0.0', '[::]'].includes(host))
    file.warning('metrics-addr', 'value/metrics-open', { value: address })
}

/** Lowest API version any engine serves, and the highest this one does where that is known. */
const LEAST_API = 24

const minApiVersion: Rule = (file) => {
  const version = file.text('min-api-version')
  if (version === undefined || !file.since('29.0')) return
  const minor = /^1\.(\d+)$/.exec(version)?.[1]
  if (minor === undefined || Number(minor) < LEAST_API)
    file.error('min-api-version', 'value/api-version', { value: version, least: `1.${LEAST_API}` })
}

/** Whether everybody who reaches the address is root: TCP without certificates. */
function isOpen(address: string, file: Checked): boolean {
  const host = /^tcp:\/\/(\[[^\]]*\]|[^:/]*)/.exec(address.trim())?.[1]
  if (host === undefined || file.inForce('tlsverify') === true) return false
  const bare = host.replace(/^\[|\]$/g, '')
  return !(bare === 'localhost' || bare === '::1' || (isIP(bare) === 4 && bare.startsWith('127.')))
}

const openHosts: Rule = (file) => {
  for (const { text, node } of file.items('hosts'))
    if (isOpen(text, file)) file.warning('hosts', 'value/host-open', { value: text }, node)
}

export const API: readonly Rule[] = [hosts, openHosts, group, tls, metrics, minApiVersion]
