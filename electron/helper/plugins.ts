import { existsSync } from 'node:fs'
import { getJson } from './api'
import { HelperError } from './verb'

/**
 * A reload with an authorization plugin that is not there ends dockerd, after retries: this is
 * the one key that is never signalled unchecked.
 */
export function pluginError(missing: readonly string[]): HelperError {
  return new HelperError(
    'config/invalid',
    `The authorization plugin "${missing.join('", "')}" is not installed; dockerd would end.`,
    {
      hint: 'Install and enable the plugin first.',
      detail: { key: 'authorization-plugins', plugins: missing.join(', ') },
    },
  )
}

/** `authorization-plugins` of a text; of one that cannot be read, none. */
export function authorizationPlugins(text: string): string[] {
  try {
    const config: unknown = JSON.parse(text.replace(/^\uFEFF/, ''))
    if (typeof config !== 'object' || config === null) return []
    const list = (config as Record<string, unknown>)['authorization-plugins']
    return Array.isArray(list) ? list.filter((each) => typeof each === 'string') : []
  } catch {
    return []
  }
}

/** Those of the names that are neither enabled managed plugins nor sockets or specs on disk. */
export async function missingPlugins(socketPath: string, names: readonly string[]): Promise<string[]> {
  if (names.length === 0) return []
  const answer = await getJson(socketPath, '/plugins', 5_000)
  const enabled = (Array.isArray(answer) ? answer : []).flatMap((each) => {
    const plugin = each as { Name?: unknown; Enabled?: unknown }
    return plugin.Enabled === true && typeof plugin.Name === 'string' ? [plugin.Name] : []
  })
  return names.filter(
    (name) => !enabled.includes(name) && !enabled.includes(`${name}:latest`) && !hasLegacyPlugin(name),
  )
}

/** Where dockerd looks for plugins that are not managed by it. */
function hasLegacyPlugin(name: string): boolean {
  if (!/^[\w.-]+$/.test(name)) return false
  return [
    `/run/docker/plugins/${name}.sock`,
    `/run/docker/plugins/${name}/${name}.sock`,
    ...['/etc/docker/plugins', '/usr/lib/docker/plugins'].flatMap((folder) => [
      `${folder}/${name}.spec`,
      `${folder}/${name}.json`,
      `${folder}/${name}/${name}.spec`,
      `${folder}/${name}/${name}.json`,
    ]),
  ].some((path) => existsSync(path))
}
