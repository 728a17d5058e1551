import { readFileSync, writeFileSync } from 'node:fs'
import { daemonPid, terminate } from '../support/plain-daemon'
import { expect, test } from './support/app'

const WRONG = '{\n  "log-driver": "local",\n  "registry-miror": ["https://mirror.example"]\n}\n'

// Daemons are stopped and started here.
test.slow()

test.afterEach(async ({ lab }) => {
  if (!lab.running && daemonPid(lab) !== undefined) await terminate(lab)
})

test('a file that was broken while dockerd runs is told on every page, and undone', async ({
  lab,
  shell,
  configuration,
  page,
}) => {
  // One change of Porthole's own, so that there is a text to go back to.
  await configuration.open()
  await configuration.review()
  await configuration.apply()
  const good = readFileSync(lab.configFile, 'utf8')

  writeFileSync(lab.configFile, WRONG)
  await expect(shell.linkBanner).toContainText('would not start again')
  await shell.open('Events')
  await shell.linkBanner.getByRole('link', { name: 'See what helps' }).click()

  const card = page.getByRole('region', { name: 'Put daemon.json in order' })
  await expect(card).toContainText('registry-miror')
  await expect(card.getByRole('group', { name: 'The file at the fault' })).toContainText('mirror.example')

  await card.getByRole('button', { name: 'Fix this key' }).click()
  await expect(configuration.editor).toContainText('registry-miror')

  await card.getByRole('button', { name: 'Undo the last change' }).click()
  await expect(configuration.dialog.getByText('"registry-miror"')).toBeVisible()
  await configuration.go.click()
  await expect(configuration.outcome).toContainText('Applied')
  expect(readFileSync(lab.configFile, 'utf8')).toBe(good)
  await configuration.close()
  await expect(shell.linkBanner).toBeHidden()
})

// How a plain dockerd is started is known from having stopped it.
test('a stopped daemon is started from the window with one click', async ({
  lab,
  shell,
  configuration,
  page,
}) => {
  const card = page.getByRole('region', { name: 'Bring dockerd back' })
  await shell.command('Stop dockerd')
  await expect(configuration.go).toHaveText('Stop: no container is running')
  await configuration.go.click()
  await expect(configuration.outcome).toContainText('Done')
  await configuration.close()
  await expect(card).toBeVisible()
  await expect(shell.linkBanner).toContainText('dockerd is down')

  await card.getByRole('button', { name: 'Start dockerd' }).click()
  await expect(configuration.outcome).toContainText('Done')
  await configuration.close()
  await expect(card).toBeHidden()
  expect((await lab.get('/_ping')).status).toBe(200)
})
