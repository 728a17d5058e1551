import { flushPromises, mount } from '@vue/test-utils'
import { createPinia, setActivePinia, type Pinia } from 'pinia'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { effectScope, type EffectScope } from 'vue'
import { contract, type Handlers, type ItemOf } from '../../../electron/contract/contract'
import { AppError } from '../../../electron/contract/errors'
import { serve } from '../../../electron/rpc/host'
import { memoryPair } from '../../../electron/rpc/memory'
import { useConfig } from '../../../renderer/src/app/config-apply/config'
import { useEngine } from '../../../renderer/src/app/engine'
import { i18n, speak, withTexts } from '../../../renderer/src/app/i18n'
import { useSandbox } from '../../../renderer/src/app/sandbox/sandbox'
import TriedBanner from '../../../renderer/src/app/sandbox/TriedBanner.vue'
import SandboxTry from '../../../renderer/src/features/configuration/SandboxTry.vue'
import { useConnection } from '../../../renderer/src/remote/connection'
import { fakeHandlers } from '../../support/fake-host'
import { until } from '../../support/until'

const HOST = 'unix:///run/docker.sock'
const TRIED = 'unix:///run/tried/docker.sock'
const draft = '{"debug": true, "data-root": "/a"}'

/** A fake core with one engine and one sandbox; what is tried is refused where the text says so. */
class Core {
  at = HOST
  /** Ends the sandbox that is open. */
  end: ((failure?: AppError) => void) | undefined
  readonly told = new Set<() => void>()

  turn(url: string): void {
    this.at = url
    for (const tell of this.told) tell()
  }

  get link(): ItemOf<'engine.link'> {
    const source = this.at === TRIED ? 'sandbox' : 'default'
    return { state: 'connected', endpoint: this.at, source, since: new Date(0).toISOString(), events: 'live' }
  }
}

function handlersOf(core: Core): Handlers {
  const base = fakeHandlers('full') as Handlers
  return {
    ...base,
    async *'engine.link'(_input, { signal }) {
      while (!signal.aborted) {
        yield core.link
        await new Promise<void>((resolve) => core.told.add(resolve))
      }
    },
    'engine.use': ({ url }) => {
      core.turn(url)
      return Promise.resolve(core.link)
    },
    'config.read': async (input, context) => {
      const file = await base['config.read'](input, context)
      return core.at === TRIED ? { ...file, text: '{"debug": true}', hash: 'c'.repeat(64) } : file
    },
    async *'sandbox.try'({ text }) {
      if (text.includes('refuse'))
        throw new AppError('sandbox/refused', 'No.', {
          detail: {
            said: 'failed to start daemon: x',
            fatal: 'other',
            why: 'x',
            key: 'debug',
            line: 1,
            column: 2,
          },
        })
      const state = { leftOut: [{ key: 'data-root', why: 'own' as const }], before: { url: HOST } }
      yield { ...state, stage: 'start' }
      const over = new Promise<AppError | undefined>((resolve) => (core.end = resolve))
      const at = { url: TRIED, configFile: '/c', dataRoot: '/d', log: '/l', rootless: false }
      yield { ...state, stage: 'fill', at }
      const failure = await over
      core.turn(HOST)
      if (failure) throw failure
    },
    'sandbox.close': () => {
      core.end?.()
      return Promise.resolve({ closed: true })
    },
  }
}

let pinia: Pinia
let scope: EffectScope
let stop: () => void
let core: Core

beforeEach(async () => {
  pinia = createPinia()
  setActivePinia(pinia)
  scope = effectScope()
  core = new Core()
  await speak('en')
  await withTexts('sandbox', () => Promise.resolve())
  await withTexts('recovery', () => Promise.resolve())
  stop = useConnection().start(() => {
    const { client, host } = memoryPair()
    serve({ contract, handlers: handlersOf(core), log: () => {}, validateOutput: true }, host, {
      access: new Set(['read', 'write', 'admin']),
      carrier: 'websocket',
    })
    return Promise.resolve(client)
  })
  const engine = useEngine()
  scope.run(() => engine.connect())
  useConfig().connect()
  await until('the file', () => useConfig().file && engine.connected)
})
afterEach(() => {
  scope.stop()
  stop()
})

const show = () => mount(SandboxTry, { global: { plugins: [pinia, i18n] } })

describe('a text tried in a sandbox', () => {
  it('waits with its engine while the window is on the sandbox', async () => {
    const [config, sandbox] = [useConfig(), useSandbox()]
    config.edit(draft)
    config.reviewDraft()
    const panel = show()
    await panel.get('button').trigger('click')
    await until('the sandbox', () => sandbox.inUse && config.file?.text === '{"debug": true}')
    expect({ text: config.text, dirty: config.dirty }).toEqual({ text: '{"debug": true}', dirty: false })
    // A review of the one engine's text is none of the other's.
    expect(config.proposal).toBeUndefined()
    await flushPromises()
    expect(panel.text()).toContain('data-root the sandbox has a place of its own')
    config.edit('{"debug": false}')

    const banner = mount(TriedBanner, { global: { plugins: [pinia, i18n] } })
    expect(banner.text()).toContain('Without data-root.')
    const back = banner.findAll('button').find((each) => each.text() === 'Back to /run/docker.sock')
    await back?.trigger('click')
    await until('the way back', () => !sandbox.open && config.file && config.file.text !== '{"debug": true}')
    expect(config.text).toBe(draft)
    expect(config.changedUnderneath).toBe(false)
    panel.unmount()
    banner.unmount()
  })

  it('is refused with what dockerd said, until it is edited', async () => {
    const [config, sandbox] = [useConfig(), useSandbox()]
    config.edit('{"refuse": 1}')
    const panel = show()
    await panel.get('button').trigger('click')
    await until('the refusal', () => panel.text().includes('failed to start daemon: x'))
    const go = panel.findAll('button').find((each) => each.text() === 'Go to line 1')
    await go?.trigger('click')
    expect(panel.emitted('go')?.[0]).toMatchObject([{ key: 'debug', line: 1, column: 2 }])
    config.edit('{"other": 1}')
    await panel.vm.$nextTick()
    expect(sandbox.failure).toBeUndefined()
    panel.unmount()
  })

  it('is told of on every page when it ended by itself', async () => {
    const sandbox = useSandbox()
    void sandbox.start('{}')
    await until('the sandbox', () => sandbox.inUse)
    core.end?.(new AppError('sandbox/failed', 'It has ended.'))
    await until('its end', () => sandbox.lost)
    const banner = mount(TriedBanner, { global: { plugins: [pinia, i18n] } })
    expect(banner.text()).toContain('It has ended.')
    await banner.get('button').trigger('click')
    expect(sandbox.failure).toBeUndefined()
    banner.unmount()
  })
})
