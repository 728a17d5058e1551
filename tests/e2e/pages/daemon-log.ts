import type { Locator, Page } from '@playwright/test'
import type { Shell } from './shell'

/** The page of dockerd's own log. */
export class DaemonLogPage {
  readonly list: Locator
  readonly rows: Locator

  constructor(
    readonly page: Page,
    readonly shell: Shell,
  ) {
    this.list = page.getByRole('grid', { name: 'Daemon log' })
    this.rows = this.list.getByRole('row')
  }

  open(): Promise<void> {
    return this.shell.open('Daemon log')
  }

  row(text: string | RegExp): Locator {
    return this.rows.filter({ hasText: text })
  }
}
