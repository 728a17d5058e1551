import { expect, type Locator, type Page } from '@playwright/test'
import type { Shell } from './shell'

/** The page of the disk: whose it is, and what can go. */
export class StoragePage {
  readonly map: Locator
  readonly list: Locator
  /** The sheet of an owner, or the steps of a cleanup. */
  readonly dialog: Locator

  constructor(
    readonly page: Page,
    readonly shell: Shell,
  ) {
    this.map = shell.main.getByRole('group', { name: 'Map of the disk by owner' })
    this.list = shell.main.getByRole('grid', { name: 'Owners' })
    this.dialog = page.getByRole('dialog')
  }

  async scan(): Promise<void> {
    await this.shell.main.getByRole('button', { name: 'Scan the disk' }).first().click()
    await expect(this.shell.main.getByText('Scanned', { exact: false }).last()).toBeVisible()
  }

  async showAs(view: 'Map' | 'List'): Promise<void> {
    await this.shell.main.getByRole('radio', { name: view }).click()
  }

  /** The rectangle of an owner, by its name and kind. */
  tile(name: string, kind: string): Locator {
    return this.map.getByRole('button', { name: `${name}, ${kind}:` })
  }

  row(text: string): Locator {
    return this.list.getByRole('row').filter({ hasText: text })
  }

  /** Chooses what may go and has it listed. */
  async preview(...kinds: string[]): Promise<void> {
    await this.shell.main.getByRole('button', { name: 'Clean up…' }).click()
    for (const kind of kinds) await this.dialog.getByRole('checkbox', { name: kind }).check()
    await this.dialog.getByRole('button', { name: 'Preview' }).click()
    await expect(this.dialog.getByRole('heading', { name: 'This would go' })).toBeVisible()
  }
}
