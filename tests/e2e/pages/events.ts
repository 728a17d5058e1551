import type { Locator, Page } from '@playwright/test'
import type { Shell } from './shell'

/** The page of live events. */
export class EventsPage {
  readonly list: Locator
  readonly rows: Locator

  constructor(
    readonly page: Page,
    readonly shell: Shell,
  ) {
    this.list = page.getByRole('grid', { name: 'Events' })
    this.rows = this.list.getByRole('row')
  }

  open(): Promise<void> {
    return this.shell.open('Events')
  }

  row(...words: string[]): Locator {
    return words.reduce((rows, word) => rows.filter({ hasText: word }), this.rows)
  }
}
