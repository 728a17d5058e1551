import { expect, type Locator, type Page } from '@playwright/test'
import type { Shell } from './shell'

/** The page of daemon.json and its dialog that applies a change. */
export class ConfigurationPage {
  readonly debug: Locator
  readonly dialog: Locator
  /** How the change ended, in a sentence. */
  readonly outcome: Locator
  readonly steps: Locator
  /** The button that does what the dialog shows; it says in words how that takes effect. */
  readonly go: Locator
  /** The text of daemon.json, in the JSON view. */
  readonly editor: Locator

  constructor(
    readonly page: Page,
    readonly shell: Shell,
  ) {
    this.debug = shell.main.getByRole('switch', { name: 'Debug mode' })
    this.dialog = page.getByRole('dialog')
    this.outcome = this.dialog.getByRole('status')
    this.steps = this.dialog.getByRole('list', { name: 'Steps' }).getByRole('listitem')
    this.editor = shell.main.getByRole('textbox', { name: 'Content of daemon.json' })
    this.go = this.dialog.getByRole('button', { name: /^(Reload|Restart|Start|Stop|Save)/ })
  }

  open(): Promise<void> {
    return this.shell.open('Configuration')
  }

  async openJson(): Promise<void> {
    await this.open()
    await this.shell.main.getByRole('button', { name: 'JSON', exact: true }).click()
    await expect(this.editor).toBeVisible()
  }

  /** Opens the history; its entries, newest first. */
  async openHistory(): Promise<Locator> {
    await this.open()
    await this.shell.main.getByRole('button', { name: 'History', exact: true }).click()
    const list = this.shell.main.getByRole('list', { name: 'History of daemon.json' })
    await expect(list).toBeVisible()
    return list.locator('> li')
  }

  /** Replaces the text of the JSON view. */
  async type(text: string): Promise<void> {
    await this.editor.click()
    await this.page.keyboard.press('Control+a')
    await this.page.keyboard.insertText(text)
  }

  /** Turns the switch; what it would do is shown and nothing is done yet. */
  async review(): Promise<void> {
    await this.debug.click()
    await expect(this.go).toBeEnabled()
  }

  /** Does what the dialog shows, and leaves it. */
  async apply(): Promise<void> {
    await this.go.click()
    await expect(this.outcome).toContainText('Applied')
    await this.close()
  }

  async close(): Promise<void> {
    await this.dialog.getByRole('button', { name: 'Close' }).last().click()
    await expect(this.dialog).toBeHidden()
  }
}
