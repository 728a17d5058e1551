import { expect, type Locator, type Page } from '@playwright/test'
import type { Shell } from './shell'

/** The page of requests on their road. */
export class FlowPage {
  readonly list: Locator
  readonly rows: Locator
  /** How requests are seen, with the tap's button. */
  readonly observers: Locator

  constructor(
    readonly page: Page,
    readonly shell: Shell,
  ) {
    this.list = page.getByRole('grid', { name: 'Requests' })
    this.rows = this.list.getByRole('row')
    this.observers = page.getByRole('dialog', { name: 'How requests are seen' })
  }

  open(): Promise<void> {
    return this.shell.open('Flow')
  }

  row(...words: (string | RegExp)[]): Locator {
    return words.reduce((rows, hasText) => rows.filter({ hasText }), this.rows)
  }

  async showObservers(): Promise<void> {
    await this.page.getByRole('button', { name: 'How requests are seen' }).first().click()
    await expect(this.observers).toBeVisible()
  }

  /** Opens the sheet of recordings. */
  async recordings(): Promise<void> {
    await this.page.getByRole('button', { name: 'Recordings' }).click()
    await expect(this.page.getByRole('dialog', { name: 'Recordings' })).toBeVisible()
  }

  /** What a click would save; Electron would ask a person where to. */
  async savedBy(click: () => Promise<void>): Promise<string> {
    await this.page.evaluate(() => {
      const kept = window as unknown as { saved?: Promise<string> }
      URL.createObjectURL = (blob) => {
        if (blob instanceof Blob) kept.saved = blob.text()
        return 'blob:kept'
      }
      HTMLAnchorElement.prototype.click = () => undefined
    })
    await click()
    await this.page.waitForFunction(() => 'saved' in window)
    return this.page.evaluate(() => (window as unknown as { saved: Promise<string> }).saved)
  }

  observer(name: string): Locator {
    return this.observers.getByRole('listitem').filter({ hasText: name })
  }

  /** Opens a tap and gives what DOCKER_HOST has to be. */
  async openTap(): Promise<string> {
    await this.observers.getByRole('button', { name: 'Open a tap' }).click()
    const line = this.observers.getByText(/export DOCKER_HOST=/)
    await expect(line).toBeVisible()
    return /DOCKER_HOST=(\S+)/.exec((await line.textContent()) ?? '')?.[1] ?? ''
  }
}
