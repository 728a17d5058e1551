import type { InputOf } from '../../../../electron/contract/contract'
import type { Client } from '../../../../electron/rpc/client'

/** Keys of daemon.json with the values they are to have. */
export type KeySet = NonNullable<InputOf<'config.edit'>['set']>
/** What to set, from the keys and values that are there. */
export type KeyEdit = (present: Readonly<Record<string, unknown>>) => KeySet

/** A text of daemon.json with keys set. Throws `config/invalid` for a text that is not plain JSON. */
export async function withKeys(client: Client, text: string, edit: KeyEdit): Promise<string> {
  return (await client.call('config.edit', { text, set: edit(keysOf(text)) })).text
}

function keysOf(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? { ...value } : {}
  } catch {
    // Empty, or a fault that `config.edit` tells with its place.
    return {}
  }
}
