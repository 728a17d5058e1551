import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { ImagesPage } from './pages/images'
import { expect, test } from './support/app'
import { buildWeb } from './support/images'

test('an image is named, saved, looked into as a file, removed with its preview, and loaded again', async ({
  lab,
  shell,
  page,
}) => {
  buildWeb(lab)
  const images = new ImagesPage(page, shell)
  const file = join(lab.dir, 'web-2.tar')
  await shell.open('Images')

  await test.step('one more name', async () => {
    await images.act('web:2', 'Tag')
    const dialog = images.dialog(/One more name/)
    await dialog.getByRole('textbox', { name: 'Name' }).fill('web:kept')
    await dialog.getByRole('button', { name: 'Tag', exact: true }).click()
    await expect(dialog).toBeHidden()
    await expect(images.row('web:2')).toContainText('web:kept')
  })

  await test.step('a file that docker save would have written', async () => {
    await images.act('web:2', 'Save')
    const dialog = images.dialog(/Save web:2/)
    await dialog.getByRole('checkbox', { name: 'web:kept' }).uncheck()
    await dialog.getByRole('textbox', { name: 'File to write' }).fill(file)
    await dialog.getByRole('button', { name: 'Save', exact: true }).click()
    await expect(dialog.getByText('done')).toBeVisible()
    expect(existsSync(file)).toBe(true)
    await dialog.getByRole('button', { name: 'Close' }).first().click()
  })

  await test.step('looked into without loading it', async () => {
    await shell.main.getByRole('button', { name: 'Open archive…' }).click()
    const dialog = images.dialog('Open an image archive')
    await dialog.getByRole('textbox', { name: 'Archive' }).fill(`${file}.none`)
    await dialog.getByRole('button', { name: 'Open', exact: true }).click()
    await expect(dialog.getByRole('alert')).toContainText('The file cannot be read or written.')
    await dialog.getByRole('textbox', { name: 'Archive' }).fill(file)
    await dialog.getByRole('button', { name: 'Open', exact: true }).click()
    await expect(images.stack.getByRole('option')).toHaveCount(7)
    await images.unfold(images.entry('app'))
    await images.entry('app.conf').click()
    await images.entry('app.conf').click()
    await expect(images.dialog('app.conf')).toContainText('9090')
    await page.keyboard.press('Escape')
    await images.toList()
  })

  await test.step('what a container needs is kept', async () => {
    await images.act('web:1', 'Remove')
    const dialog = images.dialog(/Remove web:1/)
    await expect(dialog.getByText('Containers made from it')).toBeVisible()
    await expect(dialog.getByRole('button', { name: /^Remove the/ })).toBeDisabled()
    await dialog.getByRole('button', { name: 'Cancel' }).click()
  })

  await test.step('first a name, then the image, each as its preview says', async () => {
    await images.act('web:2', 'Remove')
    const dialog = images.dialog(/Remove web:2/)
    await expect(dialog.getByText('Layers nobody else has')).toBeVisible()
    await dialog
      .getByRole('combobox', { name: 'What goes' })
      .selectOption({ label: 'Only the name web:kept' })
    await expect(dialog.getByText('The image stays, with its other names.')).toBeVisible()
    await dialog.getByRole('button', { name: 'Remove the name' }).click()
    await expect(dialog.getByText('1 name taken away.')).toBeVisible()
    await dialog.getByRole('button', { name: 'Close' }).first().click()
    await expect(images.row('web:kept')).toBeHidden()
    await images.act('web:2', 'Remove')
    await expect(dialog.getByText('The image goes for good', { exact: false })).toBeVisible()
    await dialog.getByRole('button', { name: 'Remove the image' }).click()
    await expect(dialog.getByText('Removed', { exact: true })).toBeVisible()
    await dialog.getByRole('button', { name: 'Close' }).first().click()
    await expect(images.row('web:2')).toBeHidden()
    expect(lab.docker('images', '--quiet', 'web:2')).toBe('')
  })

  await test.step('and it is back from the file', async () => {
    await shell.main.getByRole('button', { name: 'Load…' }).click()
    const dialog = images.dialog('Load images from a file')
    await dialog.getByRole('textbox', { name: 'Archive' }).fill(file)
    await dialog.getByRole('button', { name: 'Load', exact: true }).click()
    await dialog.getByRole('button', { name: 'Open web:2' }).click()
    await expect(images.stack.getByRole('option')).toHaveCount(7)
    expect(lab.docker('images', '--quiet', 'web:2')).not.toBe('')
  })
})
