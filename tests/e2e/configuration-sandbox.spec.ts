import { readFileSync } from 'node:fs'
import { expect, test } from './support/app'

const before = '{\n  "labels": ["site=lab"]\n}\n'
const tried = '{\n  "labels": ["site=tried"],\n  "log-driver": "local",\n  "data-root": "/nowhere"\n}\n'

test.describe('a text of daemon.json', () => {
  test.use({ daemonJson: before })

  test('is tried in a sandbox, looked at, and waits where it was left', async ({
    lab,
    shell,
    page,
    configuration,
  }) => {
    const button = shell.main.getByRole('button', { name: 'Try it in a sandbox' })
    const banner = page.getByRole('region', { name: 'Sandbox' })
    await configuration.openJson()

    await test.step('refused: dockerd’s own sentence, and the line it means', async () => {
      await configuration.type(
        '{\n  "log-driver": "json-file",\n  "exec-opts": ["native.cgroupdriver=bogus"]\n}\n',
      )
      await button.click()
      const refused = shell.main
        .getByRole('alert')
        .filter({ hasText: 'dockerd does not start with this text' })
      await expect(refused).toContainText('There is no cgroup driver')
      await refused.getByRole('button', { name: 'Go to line 3' }).click()
      await expect(configuration.editor).toBeFocused()
      await expect(banner).toHaveCount(0)
    })

    await test.step('started: the window is on it, and says what is missing', async () => {
      await configuration.type(tried)
      await button.click()
      await expect(banner).toContainText('You are looking at a sandbox')
      await expect(banner).toContainText('Without data-root.')
      await expect(configuration.editor).not.toContainText('/nowhere')
      await expect(configuration.editor).toContainText('site=tried')
      await expect(shell.main).toContainText('the sandbox has a place of its own for it')
      await expect(shell.main.getByText('not applied yet')).toHaveCount(0)
      await expect(button).toHaveCount(0)
    })

    await test.step('every page is about it', async () => {
      await shell.open('Overview')
      await expect(shell.main).toContainText('/porthole-0-')
      await shell.open('Daemon log')
      await expect(shell.main).toContainText('from the sandbox daemon')
    })

    await test.step('back: the text is as it was, and nothing was written', async () => {
      await banner.getByRole('button', { name: `Back to ${lab.socket}` }).click()
      await expect(banner).toHaveCount(0)
      await configuration.openJson()
      await expect(configuration.editor).toContainText('/nowhere')
      await expect(shell.main.getByText('not applied yet')).toBeVisible()
      await expect(shell.main.getByText('The file changed on disk')).toHaveCount(0)
      await expect(button).toBeEnabled()
      expect(readFileSync(lab.configFile, 'utf8')).toBe(before)
    })
  })
})
