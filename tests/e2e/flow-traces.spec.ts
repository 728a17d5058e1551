import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { Lab, nextBin } from '../support/lab'
import { runQuick } from '../support/plain-daemon'
import { standInProgram } from '../support/stand-in-program'
import { Supervisor } from '../support/supervisor'
import { FlowPage } from './pages/flow'
import { Shell } from './pages/shell'
import { engineFlags, expect, renderer, Served, test } from './support/app'
import { ConsoleGuard } from './support/console-guard'

// A real dockerd kept by a stand-in for systemd, which only a program built for it takes for that.
test('traces are sent after a restart that says what it stops, and end the same way', async ({
  browser,
  carrier,
  viewport,
  locale,
}) => {
  test.skip(nextBin === undefined, 'There is no dockerd of 25 or newer: set PORTHOLE_TEST_DOCKERD.')
  test.skip(carrier === 'electron', 'The window is built for real systemd.')
  test.skip(!existsSync(renderer), 'There is no build: run `npm run build`.')
  const lab = Lab.prepare({ generation: 'next', config: '{"shutdown-timeout": 1}\n' })
  const unit = await Supervisor.over(lab)
  await unit.boot()
  const program = await standInProgram(unit, renderer)
  const served = new Served(['--allow-admin', ...engineFlags(lab)], program.cli)
  try {
    lab.importBusybox()
    runQuick(lab, 'plain')
    const [link = ''] = await served.links()
    const context = await browser.newContext({ viewport, ...(locale === undefined ? {} : { locale }) })
    const page = await context.newPage()
    const guard = new ConsoleGuard(page)
    await page.goto(link)
    const flow = new FlowPage(page, new Shell(page, lab))
    await flow.shell.waitUntilConnected()
    const dropIn = join(unit.unitFolder, 'docker.service.d', 'porthole-traces.conf')

    await test.step('the review names the containers that stop', async () => {
      await flow.open()
      await flow.showObservers()
      const traces = flow.observer('Traces')
      await expect(traces).toContainText('docker.service')
      await traces.getByRole('button', { name: 'Send traces (restart)…' }).click()
      const review = page.getByRole('dialog', { name: 'Send traces to Porthole' })
      await expect(review).toContainText('A drop-in is written')
      await review.getByText('Which containers').click()
      await expect(review.getByRole('list', { name: 'These stop:' })).toContainText('plain')
      await review.getByRole('button', { name: 'Restart: 1 container stops' }).click()
      await expect(review).toContainText('dockerd was restarted, and answers.')
      await review.getByRole('button', { name: 'Close' }).last().click()
      expect(existsSync(dropIn)).toBe(true)
    })

    await test.step('requests come with what they set in motion', async () => {
      execFileSync('docker', ['-H', lab.endpoint, 'start', 'plain'])
      await flow.row('POST', '/containers/plain/start', '204').first().click()
      const sheet = page.getByRole('dialog', { name: 'POST /containers/{id}/start' })
      await expect(sheet).toContainText('daemon.containerStart')
      await page.keyboard.press('Escape')
      await flow.showObservers()
      const traces = flow.observer('Traces')
      await expect(traces.getByText('on', { exact: true })).toBeVisible()
      await expect(traces).toContainText(dropIn)
      await expect(traces).toContainText('While Porthole is not open')
    })

    await test.step('and no longer', async () => {
      await flow.observer('Traces').getByRole('button', { name: 'Stop sending traces (restart)…' }).click()
      const review = page.getByRole('dialog', { name: 'Stop sending traces' })
      await review.getByRole('button', { name: 'Restart: 1 container stops' }).click()
      await expect(review).toContainText('dockerd was restarted, and answers.')
      expect(existsSync(dropIn)).toBe(false)
    })
    await context.close()
    expect(guard.complaints, 'complaints of the page').toEqual([])
  } finally {
    await served.stop()
    program.remove()
    await unit.end()
    await lab.stop()
  }
})
