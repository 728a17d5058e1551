import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'
import type { ItemOf } from '../../../../electron/contract/contract'
import { useConnection } from '../../remote/connection'
import { toFailure, type Failure } from '../../remote/failure'
import { useClock } from '../../ui/clock'

export type RecordingState = ItemOf<'flow.record'>

/** How long a recording is, in milliseconds. */
export const RECORDING_MS = 60_000

/** The recording that this window makes: it lasts while the window reads its stream. */
export const useRecording = defineStore('recording', () => {
  const connection = useConnection()
  const clock = useClock()

  /** What it said last, while it runs. */
  const running = shallowRef<RecordingState>()
  /** How the last one ended. */
  const done = shallowRef<RecordingState>()
  const failure = shallowRef<Failure>()
  const asking = ref(false)
  /** Between the wish to stop it and its end. */
  const stopping = ref(false)

  /** Seconds until it ends by itself; absent while debug is being switched. */
  const left = computed(() => {
    const { stage, endsAt } = running.value ?? {}
    if (stage !== 'record' || endsAt === undefined) return undefined
    return Math.max(0, Math.ceil((Date.parse(endsAt) - clock.value.getTime()) / 1_000))
  })
  /** May switch debug on for it; else what can be seen as things are is recorded. */
  const switches = computed(() => connection.session?.access.includes('admin') === true)
  const allowed = computed(() => connection.session?.access.includes('write') === true)

  async function start(): Promise<void> {
    const { client } = connection
    if (!client || asking.value) return
    forget()
    asking.value = true
    try {
      const name = switches.value ? 'flow.record' : 'flow.recordSeen'
      for await (const { items } of client.watch(name, { forMs: RECORDING_MS })) {
        const state = items.at(-1)
        if (state?.stage === 'done') done.value = state
        else running.value = state
      }
    } catch (error) {
      // Of a cut connection the window tells by itself.
      const reason = toFailure(error)
      if (reason.code !== 'rpc/disconnected') failure.value = reason
    } finally {
      running.value = undefined
      asking.value = false
      stopping.value = false
    }
  }

  async function stop(): Promise<void> {
    stopping.value = true
    try {
      await connection.client?.call('flow.stopRecording', {})
    } catch (error) {
      failure.value = toFailure(error)
      stopping.value = false
    }
  }

  function forget(): void {
    done.value = undefined
    failure.value = undefined
  }

  return { running, done, failure, asking, stopping, left, switches, allowed, start, stop, forget }
})
