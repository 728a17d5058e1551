import { defineStore } from 'pinia'
import { computed, ref, shallowRef, watch } from 'vue'
import type { ItemOf } from '../../../../electron/contract/contract'
import { useConnection } from '../../remote/connection'
import { toFailure, type Failure } from '../../remote/failure'
import { useRequest } from '../../remote/use-request'
import { useEngine } from '../engine'

export type TriedSandbox = ItemOf<'sandbox.try'>

/**
 * The sandbox in which a daemon.json is tried. It lives while this window reads its stream; one that
 * another window has opened is known once the program looks at it.
 */
export const useSandbox = defineStore('sandbox', () => {
  const connection = useConnection()
  const engine = useEngine()

  /** What the stream of this window said last, while it is open. */
  const own = shallowRef<TriedSandbox>()
  const closing = ref(false)
  const failure = shallowRef<Failure>()
  /** What a sandbox that did not come to be was to run without. */
  const refusedWithout = shallowRef<TriedSandbox['leftOut']>([])
  /** It was looked at before it failed: then every page tells of it. */
  const lost = ref(false)

  const looksAtOne = computed(() => engine.link?.source === 'sandbox')
  const asked = useRequest('sandbox.get', {}, { active: looksAtOne })
  watch(
    () => engine.link?.endpoint,
    () => {
      if (looksAtOne.value) void asked.refresh()
    },
  )

  const open = computed(() => own.value ?? (looksAtOne.value ? asked.data.value?.open : undefined))
  /** The window looks at it. */
  const inUse = computed(() => {
    const at = open.value?.at
    return at !== undefined && at.url === engine.link?.endpoint
  })

  /** Starts a private dockerd with a text and turns the program to it. */
  async function start(text: string): Promise<void> {
    const { client } = connection
    if (!client || own.value) return
    forget()
    let now: TriedSandbox = { stage: 'start', leftOut: [], before: { url: engine.link?.endpoint ?? '' } }
    own.value = now
    try {
      for await (const { items } of client.watch('sandbox.try', { text })) {
        const isNew = now.at === undefined
        own.value = now = items.at(-1) ?? now
        if (isNew && now.at) await client.call('engine.use', { url: now.at.url })
      }
    } catch (error) {
      lost.value = now.at !== undefined
      refusedWithout.value = now.leftOut
      // Of a cut connection the window tells by itself.
      const reason = toFailure(error)
      if (reason.code !== 'rpc/disconnected') failure.value = reason
    } finally {
      own.value = undefined
    }
  }

  /** Turns to it, or back to it. */
  async function look(): Promise<void> {
    const url = open.value?.at?.url
    if (url !== undefined) await attempt(() => connection.client?.call('engine.use', { url }))
  }

  /** Goes back to the engine of before, and leaves nothing of it. */
  async function close(): Promise<void> {
    closing.value = true
    await attempt(() => connection.client?.call('sandbox.close', {}))
    closing.value = false
  }

  async function attempt(work: () => Promise<unknown> | undefined): Promise<void> {
    try {
      await work()
    } catch (error) {
      failure.value = toFailure(error)
      lost.value = true
    }
  }

  function forget(): void {
    failure.value = undefined
    refusedWithout.value = []
    lost.value = false
  }

  return { open, own, inUse, closing, failure, refusedWithout, lost, start, look, close, forget }
})
