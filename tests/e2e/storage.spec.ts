import { StoragePage } from './pages/storage'
import { expect, test } from './support/app'

test('whose the disk is, and a stopped container that goes after a look at what would go', async ({
  lab,
  shell,
  page,
}) => {
  const image = lab.importBusybox('web:1')
  const run = (name: string, command: string, ...args: string[]) =>
    lab.docker('run', '--network', 'none', '--name', name, ...args, image, '/bin/sh', '-c', command)
  run('leftover', 'cat /bin/busybox /bin/busybox > /big')
  run('web', 'sleep 600', '--detach')
  const storage = new StoragePage(page, shell)

  await test.step('the engine’s own figures stand there at once', async () => {
    await shell.open('Storage')
    await expect(shell.main.getByText('Only what the engine counts is shown.')).toBeVisible()
    await expect(shell.main.getByRole('row', { name: /^Containers 2/ })).toBeVisible()
  })

  await test.step('a scan says whose every byte is', async () => {
    await storage.scan()
    await expect(storage.tile('leftover', 'container')).toBeVisible()
    await expect(storage.tile('web:1', 'image layer')).toBeVisible()
    await expect(shell.main.getByRole('button', { name: /^Image records \(/ })).toBeVisible()
  })

  await test.step('and why', async () => {
    await storage.tile('leftover', 'container').click()
    await expect(storage.dialog).toContainText('names this folder as its own layer.')
    await expect(storage.dialog).toContainText(`${lab.dataRoot}/overlay2/`)
    await page.keyboard.press('Escape')
  })

  await test.step('a kind is zoomed into by its strip, and left by key', async () => {
    await storage.map
      .getByRole('button', { name: /^Containers: \d+ owners/ })
      .click({ position: { x: 6, y: 8 } })
    await expect(storage.tile('web:1', 'image layer')).toBeHidden()
    await storage.tile('leftover', 'container').press('Escape')
    await expect(storage.tile('web:1', 'image layer')).toBeVisible()
  })

  await test.step('the preview shows exactly what would go, and Enter is no consent', async () => {
    await storage.preview('Stopped containers')
    const items = storage.dialog.getByRole('grid', { name: 'What goes' })
    await expect(items.getByRole('row').filter({ hasText: 'leftover' })).toBeVisible()
    await expect(items.getByRole('row').filter({ hasText: 'web' })).toHaveCount(0)
    await expect(storage.dialog.getByRole('button', { name: 'Back' })).toBeFocused()
    expect(lab.docker('ps', '-aq').trim().split('\n')).toHaveLength(2)
  })

  await test.step('then it goes, and is gone from the map', async () => {
    await storage.dialog.getByRole('button', { name: 'Remove 1 thing' }).click()
    await expect(storage.dialog.getByRole('status')).toContainText('Removed 1 thing')
    await storage.dialog.getByRole('button', { name: 'Close' }).last().click()
    await expect(storage.tile('leftover', 'container')).toHaveCount(0)
    await expect(storage.map.getByRole('button').first()).toBeVisible()
    expect(lab.docker('ps', '-a', '--format', '{{.Names}}').trim()).toBe('web')
  })
})
