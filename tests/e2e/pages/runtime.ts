import { expect, type Locator, type Page } from '@playwright/test'
import type { Shell } from './shell'

/** The page of runtimes, containerd and processes. */
export class RuntimePage {
  readonly runtimes: Locator
  readonly tree: Locator
  /** The sheet of a process or a container. */
  readonly sheet: Locator

  constructor(
    readonly page: Page,
    readonly shell: Shell,
  ) {
    this.runtimes = shell.main.getByRole('list', { name: 'Runtimes', exact: true })
    this.tree = shell.main.getByRole('grid', { name: 'Processes' })
    this.sheet = page.getByRole('dialog')
  }

  open(): Promise<void> {
    return this.shell.open('Runtime')
  }

  /** The card of a runtime. */
  runtime(name: string): Locator {
    return this.runtimes.locator(':scope > li').filter({
      has: this.page.locator('strong').getByText(name, { exact: true }),
    })
  }

  /** The row of a process id. */
  process(pid: number): Locator {
    return this.tree
      .getByRole('row')
      .filter({ has: this.page.getByRole('gridcell', { name: String(pid), exact: true }) })
  }

  async openSheet(row: Locator): Promise<void> {
    await row.click()
    await expect(this.sheet).toBeVisible()
  }

  async closeSheet(): Promise<void> {
    await this.page.keyboard.press('Escape')
    await expect(this.sheet).toBeHidden()
  }
}
