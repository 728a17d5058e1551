import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from './support/app'

const docker = (host: string, ...args: string[]): Promise<unknown> =>
  promisify(execFile)('docker', ['-H', host, ...args]).catch((error: unknown) => error)

test('requests are seen through a tap, each with its end, and the road with its real processes', async ({
  lab,
  flow,
  page,
}) => {
  await test.step('without an observer the page says what to do', async () => {
    await flow.open()
    await expect(page.getByText('No requests can be seen yet')).toBeVisible()
    await expect(page.getByText(`pid ${lab.pid}`).first()).toBeVisible()
  })

  await test.step('a tap shows what passes through it', async () => {
    await flow.showObservers()
    const host = await flow.openTap()
    await expect(flow.observer('Tap').getByText('on', { exact: true })).toBeVisible()
    await page.keyboard.press('Escape')
    await docker(host, 'ps')
    await docker(host, 'network', 'inspect', '<img src=x onerror=alert(1)>')
    await expect(flow.row('GET', '/containers/json', '200', 'ms')).toBeVisible()
    await expect(flow.row('GET', '/networks/', '404')).toBeVisible()
    await expect(page.locator('main img')).toHaveCount(0)
  })

  await test.step('what failed can be seen alone, and opened', async () => {
    await page.getByRole('button', { name: 'Failed', exact: true }).click()
    await expect(flow.row('/containers/json')).toHaveCount(0)
    await flow.row('/networks/', '404').click()
    const sheet = page.getByRole('dialog', { name: 'GET /networks/{id}' })
    await expect(sheet).toContainText('dockerd answers this by itself')
    await expect(sheet).toContainText('Docker-Client')
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: 'All', exact: true }).click()
  })

  await test.step('the tap is closed, and what was seen stays', async () => {
    await flow.showObservers()
    await flow.observers.getByRole('button', { name: 'Close the tap' }).click()
    await expect(flow.observers.getByRole('button', { name: 'Open a tap' })).toBeVisible()
    await page.keyboard.press('Escape')
    await expect(flow.row('GET', '/containers/json', '200')).toBeVisible()
  })
})

test.describe('with debug on', () => {
  test.use({ daemonJson: '{ "debug": true }\n' })

  test('requests are seen as dockerd writes of them', async ({ lab, flow, page }) => {
    await flow.open()
    await expect(page.getByText('seen by the debug log')).toBeVisible()
    await lab.get('/images/porthole-flow-probe/json')
    await expect(flow.row('GET', '/images/porthole-flow-probe/json')).toBeVisible()
  })
})
