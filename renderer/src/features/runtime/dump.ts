import { ref, shallowRef } from 'vue'
import type { InputOf, OutputOf } from '../../../../electron/contract/contract'
import { saveFile } from '../../lib/save-file'
import { useConnection } from '../../remote/connection'
import { toFailure, type Failure } from '../../remote/failure'

export type Dump = OutputOf<'runtime.dump'>
export type DumpKind = InputOf<'runtime.dump'>['kind']
export type GoroutineGroup = NonNullable<Dump['goroutines']>['groups'][number]

/** Offers the file of a dump to keep. */
export function saveDump({ name, base64 }: Dump): void {
  saveFile(
    name,
    Uint8Array.from(atob(base64), (character) => character.charCodeAt(0)),
    'application/gzip',
  )
}

/** Takes a dump of dockerd: goroutines are shown, a profile is saved at once. */
export function useDump() {
  const connection = useConnection()
  const busy = ref<DumpKind>()
  const failure = shallowRef<Failure>()
  const shown = shallowRef<Dump>()
  const saved = ref<string>()

  async function take(kind: DumpKind): Promise<void> {
    busy.value = kind
    failure.value = saved.value = undefined
    try {
      const dump = await connection.client?.call('runtime.dump', { kind })
      if (dump?.goroutines) shown.value = dump
      else if (dump) {
        saveDump(dump)
        saved.value = dump.name
      }
    } catch (reason) {
      failure.value = toFailure(reason)
    } finally {
      busy.value = undefined
    }
  }
  return { busy, failure, shown, saved, take }
}
