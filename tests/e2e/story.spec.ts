import { readFileSync, statSync, chmodSync } from 'node:fs'
import { until } from '../support/until'
import { expect, test } from './support/app'

const before = `{
    "labels": ["site=lab"],
    "max-concurrent-downloads": 4,
    "log-level": "info"
}
`

test.describe('Debug mode', () => {
  test.use({ daemonJson: before })

  test('is switched on and off by clicking, and the daemon shows it', async ({
    lab,
    shell,
    configuration,
    daemonLog,
    events,
  }) => {
    chmodSync(lab.configFile, 0o640)
    const version = (JSON.parse((await lab.get('/version')).body) as { Version: string }).Version

    await test.step('Overview shows this daemon', async () => {
      await expect(shell.heading('Overview')).toBeVisible()
      await expect(shell.main.getByText(version, { exact: false }).first()).toBeVisible()
      await expect(shell.main.getByText(String(lab.pid), { exact: false }).first()).toBeVisible()
    })

    await test.step('the switch shows what would change, and applies it', async () => {
      await configuration.open()
      await expect(configuration.debug).not.toBeChecked()
      await configuration.review()
      await expect(configuration.dialog.getByText('"debug": true')).toBeVisible()
      // Nothing was done yet.
      expect(readFileSync(lab.configFile, 'utf8')).toBe(before)
      expect((await lab.info())['Debug']).toBe(false)
      await configuration.apply()
      await expect(configuration.debug).toBeChecked()
    })

    await test.step('file and daemon agree', async () => {
      expect((await lab.info())['Debug']).toBe(true)
      expect(JSON.parse(readFileSync(lab.configFile, 'utf8'))).toEqual({
        ...(JSON.parse(before) as object),
        debug: true,
      })
      expect(statSync(lab.configFile).mode & 0o777).toBe(0o640)
    })

    await test.step('the daemon log shows requests as they come', async () => {
      await daemonLog.open()
      await lab.get('/images/porthole-e2e-probe/json')
      // "Calling GET" up to 27, "handling GET request" since.
      await expect(daemonLog.row('porthole-e2e-probe').first()).toBeVisible()
      await expect(daemonLog.row(/Calling GET|handling GET request/).first()).toBeVisible()
    })

    await test.step('events show what happens', async () => {
      await events.open()
      const image = lab.importBusybox()
      const name = 'porthole-e2e-container'
      lab.docker('run', '--rm', '--network', 'none', '--name', name, image, '/bin/true')
      for (const action of ['create', 'start', 'die', 'destroy'])
        await expect(events.row(name, action).first()).toBeVisible()
    })

    await test.step('and off again', async () => {
      await configuration.open()
      await configuration.review()
      await configuration.apply()
      await expect(configuration.debug).not.toBeChecked()
      await until('debug to be off', async () => (await lab.info())['Debug'] === false)
      const text = readFileSync(lab.configFile, 'utf8')
      const after = JSON.parse(text) as Record<string, unknown>
      expect(after).toEqual({ ...(JSON.parse(before) as object), debug: false })
      expect(Object.keys(after)).toEqual(['labels', 'max-concurrent-downloads', 'log-level', 'debug'])
      expect(statSync(lab.configFile).mode & 0o777).toBe(0o640)
    })
  })
})
