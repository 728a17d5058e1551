import { mount } from '@vue/test-utils'
import { createPinia, setActivePinia, type Pinia } from 'pinia'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { effectScope, type EffectScope } from 'vue'
import { memoryPair } from '../../../electron/rpc/memory'
import { useConfig } from '../../../renderer/src/app/config-apply/config'
import DebugSwitch from '../../../renderer/src/app/config-apply/DebugSwitch.vue'
import { mergeStep } from '../../../renderer/src/app/config-apply/ended'
import { useReview } from '../../../renderer/src/app/config-apply/review'
import { useEngine } from '../../../renderer/src/app/engine'
import { i18n, speak } from '../../../renderer/src/app/i18n'
import { useConnection } from '../../../renderer/src/remote/connection'
import { serveFake, type Scene } from '../../support/fake-host'
import { until } from '../../support/until'

let pinia: Pinia
let scope: EffectScope
let stop: () => void

async function start(scene: Scene) {
  stop = useConnection().start(() => {
    const { client, host } = memoryPair()
    serveFake(scene, host)
    return Promise.resolve(client)
  })
  const engine = useEngine()
  scope.run(() => engine.connect())
  const config = useConfig()
  config.connect()
  await until('the file', () => config.file && (engine.connected || scene === 'denied'))
  return config
}

/** Takes up what was proposed, as the dialog does, and waits until it can be decided on. */
async function prepared() {
  const review = useReview()
  const { proposal } = useConfig()
  if (!proposal) throw new Error('Nothing was proposed.')
  await review.open(proposal)
  expect(review.review?.stage).toBe('ready')
  return review
}

beforeEach(async () => {
  pinia = createPinia()
  setActivePinia(pinia)
  scope = effectScope()
  await speak('en')
})
afterEach(() => {
  scope.stop()
  stop()
})

describe('the switch', () => {
  it('opens the review, stays as it is on cancel, and shows debug once it is in force', async () => {
    await start('full')
    const wrapper = mount(DebugSwitch, { global: { plugins: [pinia, i18n] } })
    const button = wrapper.get('[role=switch]')
    expect(button.attributes('aria-label')).toBe('Debug mode')
    expect(button.attributes('aria-checked')).toBe('false')

    await button.trigger('click')
    const review = await prepared()
    expect(review.review?.check?.changes.map(({ key }) => key)).toEqual(['debug'])
    expect(review.what).toBe('reload')
    review.close()
    await wrapper.vm.$nextTick()
    expect(button.attributes('aria-checked')).toBe('false')

    await button.trigger('click')
    await prepared()
    await review.run()
    expect(review.review?.ended?.outcome).toBe('applied')
    expect(review.review?.steps.map(({ step }) => step)).toContain('verify')
    await until('debug on', () => button.attributes('aria-checked') === 'true')
    wrapper.unmount()
  })

  it('cannot be flipped without administrator rights, and says so', async () => {
    const config = await start('reader')
    const wrapper = mount(DebugSwitch, { global: { plugins: [pinia, i18n] } })
    expect(wrapper.get('[role=switch]').attributes('disabled')).toBeDefined()
    expect(wrapper.text()).toContain('no administrator rights')
    expect(config.editBlock).toBe('session')
    wrapper.unmount()
  })
})

describe('a draft', () => {
  it('outlives a debug change beside it and takes the key over', async () => {
    const config = await start('full')
    config.edit('{"log-level": "warn"}')
    expect(config.dirty).toBe(true)
    config.reviewDebug(true)
    await (await prepared()).run()
    expect(JSON.parse(config.text)).toEqual({ 'log-level': 'warn', debug: true })
    expect(config.dirty).toBe(true)
    expect(config.changedUnderneath).toBe(false)
  })

  it('is refused when the file changed underneath, and is kept', async () => {
    const config = await start('full')
    config.edit('{"log-level": "warn"}')
    const other = useConnection().client
    await other?.call('config.apply', {
      text: '{"raw-logs": true}',
      baseHash: config.file?.hash ?? '',
      activate: 'reload',
    })
    await config.refresh()
    expect(config.changedUnderneath).toBe(true)
    config.reviewDraft()
    const review = await prepared()
    review.patch({ activate: 'reload' })
    await review.run()
    expect(review.review?.failure?.code).toBe('config/changed-underneath')
    expect(config.text).toBe('{"log-level": "warn"}')
    review.close()
    config.rebase()
    expect(config.changedUnderneath).toBe(false)
    config.reviewDraft()
    await (await prepared()).run()
    expect(review.review?.ended?.outcome).toBe('applied')
    expect(config.dirty).toBe(false)
  })

  it('is no draft any more when it is the file’s own text again', async () => {
    const config = await start('full')
    const own = config.text
    config.edit(`${own} `)
    config.edit(own)
    expect(config.draft).toBeUndefined()
  })
})

it('steps keep their order and take their latest state', () => {
  const at = '2026-01-01T00:00:00Z'
  const steps = mergeStep(
    mergeStep(mergeStep([], { step: 'check', state: 'running', at }), {
      step: 'write',
      state: 'running',
      at,
    }),
    { step: 'check', state: 'done', at },
  )
  expect(steps.map(({ step, state }) => `${step} ${state}`)).toEqual(['check done', 'write running'])
})
