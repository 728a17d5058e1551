import { defineStore } from 'pinia'
import { computed, watch } from 'vue'
import type { OutputOf } from '../../../../electron/contract/contract'
import { useRequest } from '../../remote/use-request'
import { useEngine } from '../engine'

export type Recovery = OutputOf<'engine.recovery'>

/** Whether the daemon needs help, and why; asked anew whenever the link or the file changes. */
export const useRecovery = defineStore('recovery', () => {
  const engine = useEngine()
  const request = useRequest('engine.recovery', {})
  watch(
    // While the link is down each attempt makes a new one: the service may have moved on as well.
    [() => engine.link, () => engine.fileState?.hash],
    () => void request.refresh(),
  )

  /** What is known while help is needed; undefined while all is well or nobody knows. */
  const need = computed(() => {
    const now = request.data.value
    if (!now || now.state === 'running') return undefined
    // An answer of before: dockerd is back.
    if (engine.connected && now.state !== 'broken-file') return undefined
    return now
  })
  /** The fault to begin with: the one that has a place in the file, else the first. */
  const fault = computed(() => {
    const errors = need.value?.problems.filter(({ severity }) => severity === 'error') ?? []
    return errors.find(({ line }) => line !== undefined) ?? errors[0]
  })

  return { need, fault, error: request.error, refresh: request.refresh }
})
