import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
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

test.describe('a runtime by clicking', () => {
  test.use({ daemonJson: '{}' })

  test('is looked at, added, made the default, and removed again; dockerd tells its goroutines', async ({
    lab,
    shell,
    page,
    runtime,
  }, { project }) => {
    test.skip(project.name !== 'electron', 'One carrier is enough: the story is the core’s.')
    // A STAND-IN for crun that runs runc: the road of the entry is the same, and any machine has it.
    const standIn = join(lab.dir, 'crun-stand-in')
    writeFileSync(standIn, `#!/bin/sh\nexec ${runc} "$@"\n`, { mode: 0o755 })
    const review = page.getByRole('dialog')
    const apply = async () => {
      await review.getByRole('button', { name: 'Reload, no interruption' }).click()
      await expect(review.getByRole('button', { name: 'Undo this change' })).toBeVisible()
      await review.getByRole('button', { name: 'Keep' }).click()
      await expect(review).toBeHidden()
    }
    await runtime.open()

    await test.step('a program that is not there cannot be added', async () => {
      await shell.main.getByRole('button', { name: 'Add a runtime' }).click()
      await review.getByRole('combobox', { name: 'Runtime' }).selectOption('Another')
      await review.getByRole('textbox', { name: 'Name', exact: true }).fill('crun')
      await review.getByRole('textbox', { name: /Program/ }).fill(`${standIn}-none`)
      await review.getByRole('button', { name: 'Check the program' }).click()
      await expect(review).toContainText('was not found')
      await expect(review.getByRole('button', { name: 'Review and apply' })).toBeDisabled()
    })

    await test.step('one that answers is added by a reload', async () => {
      await review.getByRole('textbox', { name: /Program/ }).fill(standIn)
      await expect(review.getByRole('button', { name: 'Review and apply' })).toBeDisabled()
      await review.getByRole('button', { name: 'Check the program' }).click()
      await expect(review).toContainText('is there and answers')
      await expect(review).toContainText('runc version')
      await review.getByRole('button', { name: 'Review and apply' }).click()
      await apply()
      await expect(runtime.runtime('crun')).toContainText(standIn)
      expect(Object.keys((await lab.info())['Runtimes'] as object)).toContain('crun')
    })

    await test.step('and becomes the default', async () => {
      await runtime.runtime('crun').getByRole('button', { name: 'Make crun the default' }).click()
      await apply()
      await expect(runtime.runtime('crun').getByText('default', { exact: true })).toBeVisible()
    })

    await test.step('it goes again, and runc is the default', async () => {
      await runtime.runtime('crun').getByRole('button', { name: 'Remove crun' }).click()
      await apply()
      await expect(runtime.runtime('crun')).toHaveCount(0)
      await expect(runtime.runtime('runc').getByText('default', { exact: true })).toBeVisible()
      expect(Object.keys((await lab.info())['Runtimes'] as object)).not.toContain('crun')
    })

    await test.step('dockerd’s health is charted, and its goroutines can be read', async () => {
      await expect(shell.main.getByRole('img', { name: /^Goroutines: \d/ })).toBeVisible()
      await expect(
        shell.main.getByRole('button', { name: 'Set metrics-addr to 127.0.0.1:9323' }),
      ).toBeEnabled()
      await shell.main.getByRole('button', { name: 'Show its goroutines' }).click()
      await expect(review).toContainText('goroutines of dockerd')
      await review.getByRole('searchbox').fill('http.(*Server).Serve')
      await expect(review.getByRole('list', { name: 'Goroutines' })).toContainText('net/http')
    })
  })
})
