import { createPinia, setActivePinia } from 'pinia'
import { expect, it } from 'vitest'
import { effectScope } from 'vue'
import { contract } from '../../../electron/contract/contract'
import { serve } from '../../../electron/rpc/host'
import { memoryPair } from '../../../electron/rpc/memory'
import { useConfig } from '../../../renderer/src/app/config-apply/config'
import { useReview } from '../../../renderer/src/app/config-apply/review'
import { useEngine } from '../../../renderer/src/app/engine'
import { useConnection } from '../../../renderer/src/remote/connection'
import { fakeHandlers } from '../../support/fake-host'
import { withRecovery, type RecoveryScene } from '../../support/fake-recovery'
import { until } from '../../support/until'

/** The client waits before it connects again, and asks the history once a second. */
const PATIENCE_MS = 60_000

/** A core that outlives the connections to it, as the real one does. */
async function startOver(scene: RecoveryScene) {
  setActivePinia(createPinia())
  const handlers = withRecovery(scene, fakeHandlers('full'))
  let cut = () => {}
  const stop = useConnection().start(() => {
    const { client, host } = memoryPair()
    serve({ contract, handlers, log: () => {} }, host, {
      access: new Set(['read', 'write', 'admin']),
      carrier: 'websocket',
    })
    cut = () => client.close()
    return Promise.resolve(client)
  })
  const scope = effectScope()
  const engine = useEngine()
  scope.run(() => engine.connect())
  const config = useConfig()
  config.connect()
  await until('the file', () => config.file && engine.connected)
  return { config, cut: () => cut(), end: () => (scope.stop(), stop()) }
}

it.each([
  ['busy', 'applied'],
  ['rolled-back', 'rolled-back'],
] as const)(
  'a change whose connection was cut is told as it ended: %s',
  async (scene, outcome) => {
    const { config, cut, end } = await startOver(scene)
    config.reviewDebug(true)
    const review = useReview()
    await review.open({ kind: 'debug', on: true })
    const done = review.run()
    await until('the steps to begin', () => (review.review?.steps.length ?? 0) > 1)
    cut()
    await until('the connection to be lost', () => useConnection().state === 'lost')
    // The dialog stays, and says that it goes on.
    expect(review.review?.stage).toBe('running')
    await done
    expect(review.review?.ended?.outcome).toBe(outcome)
    expect(useConnection().state).toBe('ready')
    end()
  },
  PATIENCE_MS,
)

it('a change put aside stands in the bottom line until its end was seen', async () => {
  const { config, end } = await startOver('busy')
  config.reviewDebug(true)
  const review = useReview()
  await review.open({ kind: 'debug', on: true })
  const done = review.run()
  review.close()
  expect(config.aside).toBe(true)
  expect(config.job?.running).toBe(true)
  await done
  expect(config.job).toEqual({ running: false, state: 'review.outcome.applied.title' })
  expect(review.review?.undo?.id).toBeDefined()
  review.close()
  expect(config.job).toBeUndefined()
  expect(config.proposal).toBeUndefined()
  end()
})

it('a start begins at once, a restart that stops containers waits for a word', async () => {
  const { end } = await startOver('busy')
  const review = useReview()
  await review.open({ kind: 'engine', action: 'restart' })
  expect(review.review?.stage).toBe('ready')
  expect(review.dangerous).toBe(true)
  expect(review.review?.ways).toEqual(['reload', 'restart'])
  await review.open({ kind: 'engine', action: 'start' })
  expect(review.review?.ended?.outcome).toBe('done')
  end()
})
