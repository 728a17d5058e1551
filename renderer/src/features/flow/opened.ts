import { defineStore } from 'pinia'
import { ref, shallowRef } from 'vue'
import type { Client } from '../../../../electron/rpc/client'
import { useConnection } from '../../remote/connection'
import { toFailure, type Failure } from '../../remote/failure'
import { jsonLines } from '../../lib/save-file'
import { MOST_BYTES, piecesOf, recordedOf, type Recorded, type RecordingPart } from './recording-file'

/** The recording that is looked at in place of what passes now. */
export const useOpenedRecording = defineStore('opened-recording', () => {
  const connection = useConnection()
  const recorded = shallowRef<Recorded>()
  const failure = shallowRef<Failure>()
  const loading = ref(false)

  /** Opens one of this user's. */
  const open = (id: string): Promise<void> => load((client) => partsOf(client, id))

  /** Opens one from elsewhere. */
  async function openFile(file: File): Promise<void> {
    if (file.size > MOST_BYTES) {
      failure.value = { code: 'recording/unreadable', message: `${file.name} has more than 32 MiB.` }
      return
    }
    await load(async (client) => {
      const parts: RecordingPart[] = []
      for (const [index, text] of piecesOf(await file.text()).entries())
        parts.push(await client.call('flow.readRecording', { text, first: index === 0 }))
      return parts.length > 0 ? parts : [await client.call('flow.readRecording', { text: '', first: true })]
    })
  }

  /** The file of a recording, to be kept or given away. */
  async function textOf(id: string): Promise<string | undefined> {
    const { client } = connection
    if (!client) return undefined
    try {
      const whole = recordedOf(await partsOf(client, id))
      return whole && jsonLines([whole.head, ...whole.entries])
    } catch (error) {
      failure.value = toFailure(error)
      return undefined
    }
  }

  async function load(read: (client: Client) => Promise<RecordingPart[]>): Promise<void> {
    const { client } = connection
    if (!client || loading.value) return
    loading.value = true
    failure.value = undefined
    try {
      recorded.value = recordedOf(await read(client))
    } catch (error) {
      failure.value = toFailure(error)
    } finally {
      loading.value = false
    }
  }

  function close(): void {
    recorded.value = undefined
  }

  return { recorded, failure, loading, open, openFile, textOf, close }
})

async function partsOf(client: Client, id: string): Promise<RecordingPart[]> {
  const parts: RecordingPart[] = []
  for (let from: number | undefined = 0; from !== undefined;) {
    const part: RecordingPart = await client.call('flow.recording', { id, from })
    parts.push(part)
    from = part.next
  }
  return parts
}
