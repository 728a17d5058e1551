import { expect, type Locator, type Page } from '@playwright/test'
import type { Shell } from './shell'

/** The page of the data-root as a tree. */
export class FilesPage {
  readonly tree: Locator
  /** What is told of the selected place. */
  readonly pane: Locator

  constructor(
    readonly page: Page,
    readonly shell: Shell,
  ) {
    this.tree = shell.main.getByRole('treegrid', { name: 'Data-root' })
    this.pane = shell.main.getByRole('region', { name: 'About the selected place' })
  }

  /** The row of a place, by its whole name as it is shown. */
  place(name: string): Locator {
    return this.tree
      .getByRole('row')
      .filter({ has: this.page.locator('bdi').getByText(name, { exact: true }) })
      .first()
  }

  async find(words: string): Promise<void> {
    await this.shell.main.getByRole('searchbox', { name: 'Whose is it?' }).fill(words)
    await this.page.keyboard.press('Enter')
    await expect(this.shell.main.getByText('Understood as', { exact: false })).toBeVisible()
  }
}
