import { scratchText } from '../trial/copy'

/** A daemon.json that a sandbox is to be started with, to see what it does. */
export interface TriedConfig {
  text: string
  /** Flags of the daemon it is meant for, without which it would mean something else. */
  flags: readonly string[]
}

/**
 * Why a key of daemon.json is not tried. `own`: the sandbox has a place of its own for it; `held`:
 * it names what the real daemon holds; `network`: a sandbox has none; `disk`: it depends on the disk
 * the real data lies on; `plugin`: plugins lie in the real daemon's data; `life`: containers would
 * outlive the sandbox.
 */
export type LeftOutWhy = 'own' | 'held' | 'network' | 'disk' | 'plugin' | 'life'

export interface LeftOut {
  key: string
  why: LeftOutWhy
}

const OWN: ReadonlySet<string> = new Set([
  ...['data-root', 'graph', 'exec-root', 'pidfile', 'hosts', 'group', 'rootless'],
])
const NETWORK: ReadonlySet<string> = new Set([
  ...['bridge', 'bip', 'bip6', 'fixed-cidr', 'fixed-cidr-v6', 'default-gateway', 'default-gateway-v6'],
  ...['icc', 'iptables', 'ip6tables', 'ip-masq', 'ipv6', 'firewall-backend'],
])
const PLUGIN: ReadonlySet<string> = new Set(['authorization-plugins', 'log-driver', 'log-opts'])

/**
 * Copy of a file for a sandbox, and what a scratch start leaves out of it too; no text for one that
 * is not a JSON object. What remains can lead a private daemon nowhere near the real one's things.
 */
export function sandboxText(text: string): { text: string | undefined; leftOut: LeftOut[] } {
  const scratch = scratchText(text, true)
  const leftOut = scratch.leftOut.map((key): LeftOut => ({ key, why: whyOf(key) }))
  if (scratch.text === undefined) return { text: undefined, leftOut }
  const { 'live-restore': outlives, ...kept } = JSON.parse(scratch.text) as Record<string, unknown>
  if (outlives !== undefined) leftOut.push({ key: 'live-restore', why: 'life' })
  return { text: `${JSON.stringify(kept, null, 2)}\n`, leftOut }
}

function whyOf(key: string): LeftOutWhy {
  if (OWN.has(key)) return 'own'
  if (NETWORK.has(key)) return 'network'
  if (PLUGIN.has(key)) return 'plugin'
  return key.startsWith('storage-') ? 'disk' : 'held'
}
