import { expect, type Locator, type Page } from '@playwright/test'
import type { Shell } from './shell'

/** The list of images, one image looked into, and two side by side. */
export class ImagesPage {
  readonly list: Locator
  /** One image: its stack and what lies in it. */
  readonly image: Locator
  readonly stack: Locator
  readonly tree: Locator
  readonly search: Locator
  readonly found: Locator
  /** Two images. */
  readonly sides: Locator
  readonly differences: Locator

  constructor(
    readonly page: Page,
    readonly shell: Shell,
  ) {
    const { main } = shell
    this.list = main.getByRole('grid', { name: 'Images' })
    this.image = main.getByRole('region', { name: 'Image', exact: true })
    this.stack = this.image.getByRole('listbox', { name: 'Layers' })
    this.tree = this.image.getByRole('treegrid', { name: 'Files' })
    this.search = this.image.getByRole('searchbox', { name: 'Search all layers' })
    this.found = this.image.getByRole('grid', { name: 'Found in the layers' })
    this.sides = main.getByRole('region', { name: 'Two images side by side' })
    this.differences = this.sides.getByRole('treegrid', { name: 'Differences' })
  }

  /** The row of an image, by a name it has. */
  row(name: string): Locator {
    return this.list.getByRole('row').filter({ has: this.page.getByText(name, { exact: true }) })
  }

  /** Opens an image from the list, and waits until its layers are read. */
  async open(name: string): Promise<void> {
    await this.row(name).click()
    await expect(this.tree).toBeVisible()
  }

  async toList(): Promise<void> {
    await this.shell.main.getByRole('button', { name: 'All images' }).click()
    await expect(this.shell.main.getByRole('button', { name: 'Open archive…' })).toBeVisible()
  }

  /** The layer that an instruction made. */
  layer(instruction: string): Locator {
    return this.stack.getByRole('option').filter({ hasText: instruction })
  }

  /** The row of a path in the tree, by its last part. */
  entry(name: string): Locator {
    return rowOf(this.tree, name)
  }

  /** Opens a folder's row, unless it is open already: one that lies alone in another opens with it. */
  async unfold(row: Locator): Promise<void> {
    await expect(row).toHaveAttribute('aria-expanded', /true|false/)
    if ((await row.getAttribute('aria-expanded')) === 'false') await row.click()
    await expect(row).toHaveAttribute('aria-expanded', 'true')
  }

  /** The row of a path in the tree of what differs. */
  difference(name: string): Locator {
    return rowOf(this.differences, name)
  }

  /** Changes what of the image is shown, or how: the word on a button of its tools. */
  async choose(word: string | RegExp): Promise<void> {
    await this.image
      .getByRole('button', { name: word, exact: typeof word === 'string' })
      .first()
      .click()
  }

  /** Chooses an action of an image in the list. */
  async act(name: string, action: string): Promise<void> {
    await this.row(name).getByRole('button', { name: 'Actions of' }).click()
    await this.page.getByRole('menuitem', { name: action }).click()
  }

  dialog(name: string | RegExp): Locator {
    return this.page.getByRole('dialog', { name })
  }
}

function rowOf(tree: Locator, name: string): Locator {
  return tree.getByRole('row').filter({ has: tree.page().locator('bdi').getByText(name, { exact: true }) })
}
