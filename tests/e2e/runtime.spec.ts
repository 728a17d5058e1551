import { execFileSync } from 'node:child_process'
import { expect, test } from './support/app'

/** What an attacker would call a command, for whoever looks at it in a window. */
const HOSTILE = '<img src=x onerror=alert(1)>\n\u001b[31mred'

const runc = execFileSync('sh', ['-c', 'command -v runc'], { encoding: 'utf8' }).trim()

test.describe('the runtime’s page', () => {
  test.use({ daemonJson: JSON.stringify({ runtimes: { second: { path: runc } } }) })

  test('follows containers that come and go, down to their limits and their bundle', async ({
    lab,
    shell,
    page,
    runtime,
  }) => {
    const run = (...args: string[]) => lab.docker('run', '-d', '--network', 'none', ...args).trim()
    const pidOf = (name: string) => Number(lab.docker('inspect', '--format', '{{.State.Pid}}', name))
    lab.importBusybox()

    await test.step('without a container it says what to do', async () => {
      await page.keyboard.press(`Control+${(await shell.navigation.getByRole('link').count()).toString()}`)
      await expect(shell.heading('Runtime')).toBeVisible()
      await expect(shell.main.getByText('No container runs')).toBeVisible()
      await expect(runtime.process(lab.pid)).toContainText('dockerd')
      await expect(runtime.runtime('runc')).toContainText('default')
      await expect(runtime.runtime('second')).toContainText('No container uses it.')
    })

    await test.step('a container appears by itself, in the tree and with its runtime', async () => {
      run(
        '--name',
        'limited',
        '--memory',
        '64m',
        '--env',
        'TOKEN=not-to-be-seen',
        'busybox:lab',
        'sleep',
        '9999',
      )
      run('--name', 'odd', '--runtime', 'second', 'busybox:lab', 'sh', '-c', 'sleep 9999; :', HOSTILE)
      await expect(runtime.process(pidOf('limited'))).toContainText('limited')
      await expect(runtime.runtime('second').getByRole('button', { name: 'odd' })).toBeVisible()
      await expect(shell.main.getByText('No container runs')).toBeHidden()
    })

    await test.step('a command line of markup is text', async () => {
      await expect(runtime.process(pidOf('odd'))).toContainText('<img src=x onerror=alert(1)>')
      await expect(page.locator('img[src="x"]')).toHaveCount(0)
    })

    await test.step('its sheet tells limits and pressure, and the bundle without its secrets', async () => {
      await runtime.openSheet(runtime.process(pidOf('limited')))
      await expect(runtime.sheet).toContainText('of 67.1 MB')
      await expect(runtime.sheet).toContainText(`${lab.execRoot}/containerd/daemon/`)
      await runtime.sheet.getByRole('button', { name: 'Read config.json' }).click()
      await expect(runtime.sheet.getByText('"TOKEN=*****"')).toBeVisible()
      await expect(runtime.sheet.getByText('not-to-be-seen')).toHaveCount(0)
      await runtime.closeSheet()
    })

    await test.step('how it works is told with a container that runs', async () => {
      await shell.main.getByRole('button', { name: 'How it works' }).click()
      const told = page.getByRole('dialog', { name: 'What runs a container' })
      await expect(told).toContainText(/The container (limited|odd) has the shim \d+/)
      await page.keyboard.press('Escape')
    })

    await test.step('what ends is gone from the tree', async () => {
      const pid = pidOf('limited')
      lab.docker('kill', 'limited', 'odd')
      await expect(runtime.process(pid)).toHaveCount(0)
      await expect(shell.main.getByText('No container runs')).toBeVisible()
    })
  })
})
