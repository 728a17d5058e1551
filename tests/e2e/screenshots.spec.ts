import { fileURLToPath } from 'node:url'
import { ImagesPage } from './pages/images'
import { expect, test } from './support/app'
import { buildShop } from './support/images'
import type { PageName } from './pages/shell'
import { StoragePage } from './pages/storage'

/** `npm run screenshots`: the pictures of the README, of a daemon that has something to show. */
const folder = fileURLToPath(new URL('../../assets/screenshots', import.meta.url))
const pages: PageName[] = [
  'Overview',
  'Configuration',
  'Events',
  'Daemon log',
  'Storage',
  'Files',
  'Images',
  'Flow',
]

for (const colorScheme of ['light', 'dark'] as const)
  test.describe(colorScheme, () => {
    test.use({
      colorScheme,
      daemonJson: `{
  "debug": true,
  "labels": ["site=lab"],
  "log-level": "info",
  "max-concurrent-downloads": 4
}
`,
    })

    test(`pictures in ${colorScheme}`, async ({ lab, shell, page, configuration }) => {
      test.setTimeout(300_000)
      const image = lab.importBusybox('web:1.4')
      const run = (name: string, command: string, ...more: string[]) =>
        lab.docker(
          ...['run', '--detach', '--network', 'none', '--name', name],
          ...[...more, image, '/bin/sh', '-c', command],
        )
      run('web', 'sleep 600')
      run('worker', 'sleep 600')
      run('migrate', 'exit 0')
      run('import', 'exit 3')
      const copies = (n: number) => `cat ${'/bin/busybox '.repeat(n)}`
      run('db', `${copies(4)} > /data/base; ${copies(1)} > /data/wal; sleep 600`, '--volume', 'pgdata:/data')
      run('cache', `${copies(2)} > /big; ${copies(1)} > /data/x; sleep 600`, '--volume', 'cache:/data')
      run('chatty', 'i=0; while [ $i -lt 9000 ]; do echo line $i; i=$((i+1)); done; sleep 600')
      lab.docker('commit', 'cache', 'cache:2')
      lab.docker('rm', '--force', 'worker')
      const images = new ImagesPage(page, shell)
      const picture = async (name: string) => {
        await expect(page.locator('.skeleton')).toHaveCount(0)
        await page.screenshot({ path: `${folder}/${name}-${colorScheme}.png`, animations: 'disabled' })
      }

      for (const name of pages) {
        await shell.open(name)
        if (name === 'Events') await expect(page.getByText('chatty').first()).toBeVisible()
        if (name === 'Daemon log') await expect(page.getByRole('grid').getByRole('row').nth(5)).toBeVisible()
        if (name === 'Storage') await new StoragePage(page, shell).scan()
        if (name === 'Files') await expect(page.getByRole('treegrid').getByText('MB').first()).toBeVisible()
        if (name === 'Flow') {
          lab.docker('restart', '--time', '0', 'web')
          lab.docker('inspect', 'migrate')
          await expect(page.getByRole('row', { name: /migrate/ }).first()).toBeVisible()
          await expect(page.getByText(/^[1-9]\d* requests? a second$/)).toBeVisible()
        }
        if (name === 'Images') {
          buildShop(lab, image)
          await images.open('shop:2')
          await images.layer('install').click()
          await images.choose('This layer')
          await expect(images.entry('bin')).toHaveCount(0)
          for (const name of ['app', 'node_modules', 'zod']) await images.unfold(images.entry(name))
        }
        await picture(name.toLowerCase().replace(' ', '-'))
      }
      await shell.open('Images')
      await images.act('shop:1', 'Compare with…')
      await images.sides.getByRole('combobox', { name: 'Right image' }).selectOption('shop:2')
      for (const name of ['app', 'dist', 'locales']) await images.unfold(images.difference(name))
      await picture('compare')
      await configuration.open()
      await configuration.review()
      await picture('debug-dialog')
    })
  })
