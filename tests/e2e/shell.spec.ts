import { readFileSync } from 'node:fs'
import { expect, test } from './support/app'

test('the command palette finds pages', async ({ shell, page }) => {
  await shell.command('events')
  await expect(shell.heading('Events')).toBeVisible()
  await shell.openPalette()
  await page.keyboard.press('Escape')
  await expect(shell.palette).toBeHidden()
})

test('the window speaks Russian, and English again', async ({ shell, page }) => {
  await shell.chooseLanguage('Русский')
  await expect(page.locator('html')).toHaveAttribute('lang', 'ru')
  await expect(shell.heading('Обзор')).toBeVisible()
  await expect(shell.navigation.getByRole('link', { name: 'Конфигурация' })).toBeVisible()
  await shell.chooseLanguage('English')
  await expect(page.locator('html')).toHaveAttribute('lang', 'en')
  await expect(shell.heading('Overview')).toBeVisible()
})

test('the window can be dark or light', async ({ shell, page }) => {
  const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor)
  await shell.chooseTheme('Light')
  const light = await background()
  await shell.chooseTheme('Dark')
  await expect.poll(background).not.toBe(light)
  await shell.chooseTheme('Light')
  await expect.poll(background).toBe(light)
})

test('debug is switched on with the keyboard alone', async ({ lab, shell, configuration, page }) => {
  await page.keyboard.press('Control+3')
  await expect(shell.heading('Configuration')).toBeVisible()
  await expect(configuration.debug).toBeEnabled()

  for (let step = 0; step < 60; step += 1) {
    await page.keyboard.press('Tab')
    if (await configuration.debug.evaluate((element) => element === document.activeElement)) break
  }
  await expect(configuration.debug).toBeFocused()
  await page.keyboard.press('Space')
  const apply = configuration.go
  await expect(apply).toBeEnabled()
  for (let step = 0; step < 30; step += 1) {
    if (await apply.evaluate((element) => element === document.activeElement)) break
    await page.keyboard.press('Tab')
  }
  await expect(apply).toBeFocused()
  await page.keyboard.press('Enter')
  await expect(configuration.outcome).toContainText('Applied')
  await page.keyboard.press('Escape')
  await expect(configuration.dialog).toBeHidden()
  // The focus comes back to where the reader was.
  await expect(configuration.debug).toBeFocused()
  expect(JSON.parse(readFileSync(lab.configFile, 'utf8'))).toEqual({ debug: true })
  expect((await lab.info())['Debug']).toBe(true)
})
