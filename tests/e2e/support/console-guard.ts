import type { ConsoleMessage, Page } from '@playwright/test'

/** Collects what a page complains of: console errors, uncaught errors, violations of its policy. */
export class ConsoleGuard {
  readonly complaints: string[] = []

  constructor(page: Page) {
    page.on('console', (message) => this.#take(message))
    page.on('pageerror', (error) => this.complaints.push(`uncaught: ${error.stack ?? error.message}`))
  }

  /** What was said before this guard began to listen: a window is open before a test can attach to it. */
  async catchUp(page: Page): Promise<void> {
    for (const message of await page.consoleMessages()) this.#take(message)
    for (const error of await page.pageErrors()) this.complaints.push(`uncaught: ${error.message}`)
  }

  // Chromium reports a violation of the content security policy as a console error too.
  #take(message: ConsoleMessage): void {
    const text = `${message.type()}: ${message.text()} (${message.location().url})`
    const matters = message.type() === 'error' || /content security policy/i.test(message.text())
    if (matters && !this.complaints.includes(text)) this.complaints.push(text)
  }
}
