import { readFileSync, writeFileSync } from 'node:fs'
import { expect, test } from './support/app'

test('what passes is recorded with debug on meanwhile, opened again, exported, and opened from the export', async ({
  lab,
  flow,
  page,
}, info) => {
  const isDebugOn = async (): Promise<boolean> => (await lab.info())['Debug'] === true
  const before = readFileSync(lab.configFile, 'utf8')
  const exported = info.outputPath('exported.jsonl')

  await test.step('the button says what it does, and counts down', async () => {
    await flow.open()
    await flow.recordings()
    await expect(page.getByText('Debug is switched on meanwhile by a reload')).toBeVisible()
    await page.getByRole('button', { name: 'Record 60 s' }).click()
    await expect(page.getByText(/Recording, \d+ s left/).first()).toBeVisible()
    await expect(page.getByRole('contentinfo')).toContainText(/Recording, \d+ s left/)
    expect(await isDebugOn()).toBe(true)
    expect(readFileSync(lab.configFile, 'utf8')).toBe(before)
  })

  await test.step('a live request shows the lines that name it', async () => {
    await lab.get('/images/%3Cimg%20src=x%3E/json')
    await flow.row('GET', '/images/').click()
    const sheet = page.getByRole('dialog', { name: 'GET /images/{name}' })
    await expect(sheet.getByRole('list', { name: 'Log lines that name it' })).toContainText('Calling GET')
    await page.keyboard.press('Escape')
  })

  await test.step('it is stopped, and debug is off again', async () => {
    await page.getByRole('button', { name: 'Stop now' }).click()
    await expect(page.getByText('Debug is off again.')).toBeVisible()
    expect(await isDebugOn()).toBe(false)
    expect(readFileSync(lab.configFile, 'utf8')).toBe(before)
  })

  await test.step('it is opened in place of what passes now, with its lines', async () => {
    await page.getByRole('button', { name: 'Open', exact: true }).click()
    await expect(page.getByText(/^Recording of /)).toBeVisible()
    await lab.get('/images/not-recorded/json')
    await flow.row('GET', '/images/').click()
    const sheet = page.getByRole('dialog', { name: 'GET /images/{name}' })
    await expect(sheet.getByRole('list', { name: 'Log lines that name it' })).toContainText('Calling GET')
    await page.keyboard.press('Escape')
    await expect(flow.row('not-recorded')).toHaveCount(0)
    await expect(page.locator('main img')).toHaveCount(0)
    await page.getByRole('button', { name: 'Back to live' }).click()
    await expect(page.getByText(/^Recording of /)).toHaveCount(0)
  })

  await test.step('its export is a recording, wherever it lies', async () => {
    await flow.recordings()
    const text = await flow.savedBy(() =>
      page.getByRole('dialog').getByRole('button', { name: 'Export' }).click(),
    )
    writeFileSync(exported, text)
    await page.getByRole('button', { name: 'Remove' }).click()
    await page.getByRole('button', { name: 'Really remove' }).click()
    await expect(page.getByText('None yet.')).toBeVisible()
    await page.getByLabel('Open a file', { exact: true }).last().setInputFiles(exported)
    await expect(page.getByText(/^Recording of /)).toBeVisible()
    await expect(flow.row('GET', '/images/')).toBeVisible()
    await page.getByRole('button', { name: 'Back to live' }).click()
  })

  await test.step('a file that is none is told apart, and nothing is lost', async () => {
    writeFileSync(exported, '{"debug": true}\n')
    await flow.recordings()
    await page.getByLabel('Open a file', { exact: true }).last().setInputFiles(exported)
    await expect(page.getByText('This is not a recording that can be opened.')).toBeVisible()
  })
})
