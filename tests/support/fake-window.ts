import { mount, type VueWrapper } from '@vue/test-utils'
import { TooltipProvider } from 'reka-ui'
import { createPinia, setActivePinia } from 'pinia'
import { effectScope, h, type Component } from 'vue'
import type { Router } from 'vue-router'
import { memoryPair } from '../../electron/rpc/memory'
import { useEngine } from '../../renderer/src/app/engine'
import { i18n, speak, withTexts, type LaterPart } from '../../renderer/src/app/i18n'
import { useConnection } from '../../renderer/src/remote/connection'
import { createPageRouter } from '../../renderer/src/router'
import { serveFake, type Scene } from './fake-host'
import { until } from './until'

/** A page by itself, over a FAKE core, in a document without a layout. */
export interface FakeWindow {
  router: Router
  page: VueWrapper
  close(): void
}

/** Height and width that elements pretend to have: lists show no row without. */
const SIZE = { clientHeight: 1_200, clientWidth: 900 }

/** Mounts a page at its address; `ready` is what is waited for first. */
export async function openPage(
  component: Component,
  { scene = 'full', at, texts }: { scene?: Scene; at: string; texts: readonly LaterPart[] },
): Promise<FakeWindow> {
  localStorage.clear()
  for (const [name, value] of Object.entries(SIZE))
    Object.defineProperty(HTMLElement.prototype, name, { configurable: true, get: () => value })
  const pinia = createPinia()
  setActivePinia(pinia)
  await speak('en')
  for (const part of texts) await withTexts(part, () => Promise.resolve())
  const scope = effectScope()
  const stop = useConnection().start(() => {
    const { client, host } = memoryPair()
    serveFake(scene, host)
    return Promise.resolve(client)
  })
  const engine = useEngine()
  scope.run(() => engine.connect())
  const router = createPageRouter()
  await router.push(at)
  await until('the link', () => engine.link !== undefined || scene === 'loading')
  const page = mount(
    { render: () => h(TooltipProvider, null, () => h(component)) },
    { attachTo: document.body, global: { plugins: [pinia, i18n, router] } },
  )
  return {
    router,
    page,
    close() {
      page.unmount()
      scope.stop()
      stop()
    },
  }
}

/** The element with a role-like selector whose text or name holds the words. */
export function named(selector: string, words: string | RegExp): HTMLElement | undefined {
  return [...document.querySelectorAll<HTMLElement>(selector)].find((element) => {
    const own = element.getAttribute('aria-label') ?? element.textContent ?? ''
    const text = own.replaceAll('\u00a0', ' ')
    return typeof words === 'string' ? text.includes(words) : words.test(text)
  })
}

/** Presses what is named so, once it is there and can be pressed. */
export async function press(selector: string, words: string | RegExp): Promise<void> {
  const element = await until(`${selector} ${String(words)}`, () => {
    const found = named(selector, words)
    return found?.hasAttribute('disabled') === true ? undefined : found
  })
  element.click()
}
