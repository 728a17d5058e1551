import { engineFlags, expect, Served, test } from './support/app'

test('a link of serve works once, and the next one is printed when it was used', async ({ lab, browser }) => {
  const served = new Served(engineFlags(lab))
  try {
    const [link = ''] = await served.links()
    const first = await browser.newContext()
    const page = await first.newPage()
    await page.goto(link)
    await expect(page.locator('html')).toHaveAttribute('data-status', 'drawn')
    // Nothing of the token stays in the address, where it would end up in the history.
    expect(page.url()).not.toContain('token')

    const second = await browser.newContext()
    const other = await second.newPage()
    await other.goto(link)
    await expect(other.getByText('used already')).toBeVisible()
    await expect(other.locator('html')).not.toHaveAttribute('data-status', 'drawn')

    const links = await served.links(2)
    expect(links[1]).not.toBe(link)
    await other.goto(links[1] ?? '')
    await other.reload()
    await expect(other.locator('html')).toHaveAttribute('data-status', 'drawn')
    await first.close()
    await second.close()
  } finally {
    await served.stop()
  }
})

test('without --allow-admin the switch is shown and cannot be turned', async ({ lab, browser }) => {
  const served = new Served(engineFlags(lab))
  try {
    const [link = ''] = await served.links()
    const context = await browser.newContext()
    const page = await context.newPage()
    await page.goto(link)
    await page.getByRole('navigation').first().getByRole('link', { name: 'Configuration' }).click()
    await expect(page.getByRole('main').getByRole('switch', { name: 'Debug mode' })).toBeDisabled()
    await context.close()
  } finally {
    await served.stop()
  }
})
