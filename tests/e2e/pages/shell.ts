import { expect, type Locator, type Page } from '@playwright/test'
import type { Lab } from '../../support/lab'

export type PageName =
  'Overview' | 'Flow' | 'Configuration' | 'Events' | 'Daemon log' | 'Storage' | 'Files' | 'Images' | 'Runtime'

/** What stands around every page: navigation, the engine's state, the command palette. */
export class Shell {
  readonly navigation: Locator
  readonly main: Locator
  readonly palette: Locator
  /** Says that the link to the daemon is down, and why. */
  readonly linkBanner: Locator

  constructor(
    readonly page: Page,
    readonly lab: Lab,
  ) {
    this.navigation = page.getByRole('navigation').first()
    this.main = page.getByRole('main')
    this.linkBanner = page.getByRole('alert')
    this.palette = page.getByRole('dialog', { name: /Command palette|Палитра/ })
  }

  /** The page says so itself once the first status stands in it. */
  async waitUntilConnected(): Promise<void> {
    await expect(this.page.locator('html')).toHaveAttribute('data-status', 'drawn')
  }

  async open(name: PageName): Promise<void> {
    await this.navigation.getByRole('link', { name, exact: true }).click()
    await expect(this.heading(name)).toBeVisible()
  }

  heading(name: string): Locator {
    return this.page.getByRole('heading', { level: 1, name, exact: true })
  }

  async openPalette(): Promise<Locator> {
    await this.page.keyboard.press('Control+k')
    await expect(this.palette).toBeVisible()
    return this.palette
  }

  /** Runs what the palette finds first for a text. */
  async command(text: string): Promise<void> {
    const palette = await this.openPalette()
    await palette.getByRole('textbox').fill(text)
    await palette.getByRole('option').first().click()
    await expect(palette).toBeHidden()
  }

  chooseLanguage(name: string): Promise<void> {
    return this.#choose(/language|язык/i, name)
  }

  chooseTheme(name: string): Promise<void> {
    return this.#choose(/theme|тема/i, name)
  }

  async #choose(menu: RegExp, item: string): Promise<void> {
    await this.page.getByRole('button', { name: menu }).click()
    await this.page.getByRole('menuitem', { name: item }).click()
  }
}
