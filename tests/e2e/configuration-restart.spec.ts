import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { daemonPid, runQuick, running, terminate } from '../support/plain-daemon'
import { until } from '../support/until'
import type { ConfigurationPage } from './pages/configuration'
import { expect, test } from './support/app'

/** Writes the reader's own text and opens its review. */
async function reviewText(configuration: ConfigurationPage, text: string): Promise<void> {
  await configuration.openJson()
  await configuration.type(text)
  await configuration.page.getByRole('button', { name: 'Review and apply' }).click()
  await expect(configuration.go).toBeEnabled()
}

// Daemons are restarted here, several times a test.
test.slow()

test.afterEach(async ({ lab }) => {
  // The daemon that Porthole started is no child of the lab's.
  if (!lab.running && daemonPid(lab) !== undefined) await terminate(lab)
})

test('a restart names the containers it stops, is not what Enter does, and can be undone', async ({
  lab,
  configuration,
}) => {
  lab.importBusybox()
  runQuick(lab, 'web')
  runQuick(lab, 'worker', '--restart', 'always')
  const before = daemonPid(lab)
  const { dialog, go, outcome, page } = configuration

  await test.step('the review says what stops, and the safe button has the focus', async () => {
    await reviewText(configuration, '{ "log-driver": "local" }\n')
    await expect(go).toHaveText('Restart: 2 containers stop')
    await expect(dialog.getByRole('button', { name: 'Cancel' })).toBeFocused()
    await dialog.getByText('Which containers').click()
    await expect(dialog.getByRole('list', { name: 'These stop:' }).getByRole('listitem')).toHaveText([
      'web',
      'worker',
    ])
    await page.keyboard.press('Escape')
    await expect(dialog).toBeHidden()
    expect(daemonPid(lab)).toBe(before)
    expect(readFileSync(lab.configFile, 'utf8')).toBe('{}\n')
  })

  await test.step('done, it tells the new process and what became of each container', async () => {
    await page.getByRole('button', { name: 'Review and apply' }).click()
    await go.click()
    await expect(outcome).toContainText('Applied')
    expect(daemonPid(lab)).not.toBe(before)
    await expect(dialog).toContainText(`${before} → ${daemonPid(lab)}`)
    await expect(dialog.locator('dt:has-text("Came back") + dd')).toHaveText('worker')
    await expect(dialog.locator('dt:has-text("Stopped") + dd')).toHaveText('web')
    expect((await lab.info())['LoggingDriver']).toBe('local')
    expect(running(lab)).toEqual(['worker'])
  })

  await test.step('and undone, the old file is in force again', async () => {
    await dialog.getByRole('button', { name: 'Undo this change' }).click()
    await expect(go).toHaveText('Restart: 1 container stops')
    await go.click()
    await expect(outcome).toContainText('Applied')
    expect(readFileSync(lab.configFile, 'utf8')).toBe('{}\n')
    await until('the old log driver', async () => (await lab.info())['LoggingDriver'] === 'json-file')
    await configuration.close()
  })

  await test.step('the history shows both, the newest marked as the file now', async () => {
    const history = await configuration.openHistory()
    await expect(history).toHaveCount(2)
    await expect(history.first()).toContainText('Restored')
    await expect(history.first()).toContainText('the file now')
    await expect(history.last()).toContainText('log-driver')
    await history.last().getByRole('button', { name: 'Restore this' }).click()
    await expect(dialog.getByText('"log-driver": "local"')).toBeVisible()
    await dialog.getByRole('button', { name: 'Cancel' }).click()
    lab.docker('rm', '--force', 'web', 'worker')
  })
})

test.describe('with live-restore', () => {
  test.use({ daemonJson: '{ "live-restore": true }\n' })

  test('a restart keeps containers running, and says so', async ({ lab, configuration }) => {
    lab.importBusybox()
    runQuick(lab, 'web')
    await reviewText(configuration, '{ "live-restore": true, "log-driver": "local" }\n')
    await expect(configuration.go).toHaveText('Restart: 1 keeps running')
    await configuration.go.click()
    await expect(configuration.outcome).toContainText('Applied')
    await expect(configuration.dialog.locator('dt:has-text("Kept running") + dd')).toHaveText('web')
    expect(running(lab)).toEqual(['web'])
    lab.docker('rm', '--force', 'web')
    await configuration.close()
  })
})

test('a file the daemon does not start with is rolled back, and can be edited again', async ({
  lab,
  configuration,
}) => {
  // No check can know which ports are taken when dockerd starts.
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  const { port } = other.address() as AddressInfo
  const wrong = `{ "experimental": true, "metrics-addr": "127.0.0.1:${port}" }\n`
  await reviewText(configuration, wrong)
  await configuration.go.click()
  await expect(configuration.outcome).toContainText('Rolled back')
  expect(readFileSync(lab.configFile, 'utf8')).toBe('{}\n')
  expect((await lab.get('/_ping')).status).toBe(200)
  await configuration.dialog.getByRole('button', { name: 'Edit again' }).click()
  await expect(configuration.dialog).toBeHidden()
  await expect(configuration.editor).toContainText(`127.0.0.1:${port}`)
  other.close()
})
