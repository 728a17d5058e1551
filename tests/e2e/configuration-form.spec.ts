import { readFileSync } from 'node:fs'
import { until } from '../support/until'
import { expect, test } from './support/app'

const before = `{
    "labels": ["site=lab"],
    "log-level": "info"
}
`
const mirror = 'http://127.0.0.1:5999/'

test.describe('the form and the text of daemon.json', () => {
  test.use({ daemonJson: before })

  test('are one document: a mirror and log rotation set in the form, seen in the text, applied', async ({
    lab,
    shell,
    page,
    configuration,
  }) => {
    const view = (name: string) => shell.main.getByRole('button', { name, exact: true }).click()
    const category = (name: string) =>
      shell.main.getByRole('navigation', { name: 'Categories' }).getByRole('button', { name }).click()
    const option = (name: string) => shell.main.getByRole('region', { name, exact: true })
    const field = (name: string) =>
      shell.main.locator('input').and(shell.main.getByLabel(name, { exact: true }))
    await configuration.open()

    await test.step('log rotation says what it means', async () => {
      await category('Container logs')
      await expect(option('log-opts')).toContainText('grows until the disk is full')
      await field('max-size').fill('10m')
      await field('max-file').fill('3')
      await expect(option('log-opts')).toContainText('3 files of 10 MB: at most 30 MB')
    })

    await test.step('a mirror; an empty row beside it is never written', async () => {
      await category('Registries')
      await shell.main.getByRole('button', { name: 'Add to registry-mirrors' }).click()
      await field('registry-mirrors 1').fill(mirror)
      await field('registry-mirrors 1').press('Enter')
      await expect(field('registry-mirrors 2')).toBeFocused()
    })

    await test.step('the text is in step, in its own order and indentation', async () => {
      await view('JSON')
      await expect(configuration.editor).toContainText('"registry-mirrors"')
      const text = (await configuration.editor.innerText()).replace(/\u00a0/g, ' ')
      const json = JSON.parse(text) as Record<string, unknown>
      expect(Object.keys(json)).toEqual(['labels', 'log-level', 'log-opts', 'registry-mirrors'])
      expect(json['log-opts']).toEqual({ 'max-size': '10m', 'max-file': '3' })
      expect(json['registry-mirrors']).toEqual([mirror])
      expect(text).toContain('\n    "labels": ["site=lab"],')
    })

    await test.step('a mistake stands at its option and at its line', async () => {
      await view('Form')
      await shell.main.getByRole('searchbox', { name: 'Search by name' }).fill('max-concurrent-downloads')
      await field('max-concurrent-downloads').fill('seven')
      await expect(option('max-concurrent-downloads').getByRole('listitem').first()).toBeVisible()
      const problems = shell.main.getByRole('list', { name: 'Problems', exact: true })
      await expect(problems.getByRole('button', { name: /^line / })).toBeVisible()
      await expect(shell.main.getByRole('button', { name: 'Review and apply' })).toBeDisabled()
      await option('max-concurrent-downloads')
        .getByRole('button', { name: /in the text, line/ })
        .click()
      await expect(configuration.editor).toBeFocused()
      await expect(page.locator('.cm-lintRange-error, .cm-lint-marker-error').first()).toBeVisible()
      await shell.main.getByRole('button', { name: 'Show max-concurrent-downloads in the form' }).click()
      await expect(field('max-concurrent-downloads')).toHaveValue('seven')
      await field('max-concurrent-downloads').fill('')
      await expect(option('max-concurrent-downloads').getByRole('listitem')).toHaveCount(0)
    })

    await test.step('nothing was written so far, and the draft outlives the page', async () => {
      expect(readFileSync(lab.configFile, 'utf8')).toBe(before)
      await shell.open('Overview')
      await configuration.open()
      await expect(shell.main.getByText('not applied yet')).toBeVisible()
    })

    await test.step('reviewed and applied by a reload', async () => {
      await shell.main.getByRole('button', { name: 'Review and apply' }).click()
      await expect(configuration.go).toBeVisible()
      const reload = configuration.dialog.getByRole('radio', { name: /^Reload/ })
      if (await reload.isVisible()) await reload.click()
      await configuration.go.click()
      await expect(configuration.outcome).toContainText('Applied')
      await configuration.close()
      await until('the mirror to be in force', async () => {
        const registry = (await lab.info())['RegistryConfig'] as { Mirrors?: string[] }
        return registry.Mirrors?.[0] === mirror
      })
      expect(JSON.parse(readFileSync(lab.configFile, 'utf8'))).toEqual({
        labels: ['site=lab'],
        'log-level': 'info',
        'log-opts': { 'max-size': '10m', 'max-file': '3' },
        'registry-mirrors': [mirror],
      })
    })
  })

  test('a text that is no JSON keeps both views honest', async ({ lab, shell, page, configuration }) => {
    const view = (name: string) => shell.main.getByRole('button', { name, exact: true }).click()
    await configuration.open()
    await view('JSON')
    await configuration.editor.click()
    await page.keyboard.press('Control+Home')
    await page.keyboard.press('End')
    await page.keyboard.insertText('oops')
    await view('Form')
    await expect(shell.main.getByRole('alert')).toContainText('line 1')
    await expect(shell.main.getByRole('textbox', { name: 'log-driver' })).toHaveCount(0)
    await shell.main.getByRole('button', { name: 'Go to line 1' }).click()
    await expect(configuration.editor).toContainText('oops')
    await page.keyboard.press('Control+z')
    await view('Form')
    await expect(shell.main.getByRole('alert')).toHaveCount(0)
    await expect(shell.main.getByRole('region', { name: 'log-driver', exact: true })).toBeVisible()
    expect(readFileSync(lab.configFile, 'utf8')).toBe(before)
  })
})
