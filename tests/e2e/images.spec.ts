import { ImagesPage } from './pages/images'
import { expect, test } from './support/app'
import { buildWeb, HOSTILE } from './support/images'

test('an image is a stack of layers that are looked into, searched, and laid beside another', async ({
  lab,
  shell,
  page,
}) => {
  const images = new ImagesPage(page, shell)

  await test.step('an engine without images says so, and new ones come by themselves', async () => {
    await shell.open('Images')
    await expect(shell.main.getByText('This engine has no images yet')).toBeVisible()
    buildWeb(lab)
    await expect(images.row('web:2')).toBeVisible()
    await expect(images.row('web:1')).toContainText('web')
    await shell.main.getByRole('searchbox', { name: 'Filter images' }).fill('base')
    await expect(images.row('web:1')).toBeHidden()
    await shell.main.getByRole('searchbox', { name: 'Filter images' }).fill('')
  })

  await test.step('each layer stands with its instruction, its size, and who else has it', async () => {
    await images.open('web:1')
    await expect(images.stack.getByRole('option')).toHaveCount(5)
    await expect(images.layer('count=3000')).toContainText('3.07 MB')
    await expect(images.layer('COPY').first()).toContainText('web:2')
    await expect(images.layer('rm /root')).toContainText('2 removed')
  })

  await test.step('the tree tells what the layer did, alone or with all below', async () => {
    await images.layer('rm /root').click()
    await images.choose('This layer')
    await expect(images.entry('big.bin')).toContainText('removed')
    await expect(images.entry('app')).toHaveCount(0)
    await images.choose('Merged')
    await images.unfold(images.entry('app'))
    await expect(images.entry(HOSTILE)).toBeVisible()
    await expect(page.locator('main img')).toHaveCount(0)
    await images.choose(/^Removed/)
    await expect(images.entry('big.bin')).toBeVisible()
    await expect(images.entry('app')).toHaveCount(0)
    await images.choose(/^Removed/)
  })

  await test.step('a search says which layer brought a path and which hid it', async () => {
    await images.search.fill('id_rsa')
    await expect(images.found.getByRole('row', { name: '/root/.ssh/id_rsa' })).toContainText('hidden')
    await images.search.fill('')
  })

  await test.step('what a later layer wasted is named with the instruction', async () => {
    await images.choose(/^Wasted/)
    const wasted = images.image.getByRole('grid', { name: 'Files that waste' })
    await expect(wasted.getByRole('row', { name: '/big.bin' })).toContainText('3.07 MB')
  })

  await test.step('a removed key is read from the layer that still has it, once asked for', async () => {
    await images.choose(/^Credentials/)
    const keys = images.image.getByRole('grid', { name: 'Files that look like keys or credentials' })
    await keys.getByRole('row', { name: '/root/.ssh/id_rsa' }).click()
    const sheet = images.dialog('id_rsa')
    await expect(sheet).toContainText('Looks like a private key')
    await expect(sheet).not.toContainText('BEGIN OPENSSH')
    await sheet.getByRole('button', { name: 'Show it' }).click()
    await expect(sheet).toContainText('BEGIN OPENSSH PRIVATE KEY')
    await page.keyboard.press('Escape')
    await expect(sheet).toBeHidden()
  })

  await test.step('two images are laid side by side', async () => {
    await shell.main.getByRole('button', { name: 'Compare with…' }).click()
    await images.sides.getByRole('combobox', { name: 'Right image' }).selectOption('web:2')
    await expect(images.sides).toContainText('5 layers in common')
    await images.unfold(images.difference('app'))
    await expect(images.difference('app.conf')).toContainText('modified')
    await expect(images.difference('old')).toContainText('removed')
    await images.sides.getByRole('button', { name: 'Swap sides' }).click()
    await expect(images.difference('old')).toContainText('added')
    await images.sides.getByRole('button', { name: /^Configuration/ }).click()
    await expect(images.sides.getByRole('region', { name: 'Configuration that differs' })).toContainText(
      '8080',
    )
    await images.sides.getByRole('button', { name: 'Back to the image' }).click()
    await expect(images.tree).toBeVisible()
  })

  await test.step('a container tells what it changed, and what its files are put together of', async () => {
    await images.toList()
    await images.row('web:1').getByRole('button', { name: 'web', exact: true }).click()
    const sheet = images.dialog('Files of web')
    const changed = sheet.getByRole('treegrid', { name: 'Changed paths' })
    await expect(changed.getByRole('row', { name: 'new.txt' })).toContainText('added')
    await sheet.getByRole('button', { name: /^Removed/ }).click()
    await expect(changed.getByRole('row', { name: 'old' })).toContainText('removed')
    await expect(changed.getByRole('row', { name: 'new.txt' })).toHaveCount(0)
    await sheet.getByRole('button', { name: 'Mount stack' }).click()
    await expect(sheet.getByText('As the kernel has it mounted now.')).toBeVisible()
    const plates = sheet.getByRole('list', { name: 'Mount stack' }).getByRole('listitem')
    await expect(plates).toHaveCount(8)
    await expect(plates.first()).toContainText('upper')
    await expect(sheet.getByText(`${lab.dataRoot}/overlay2/`, { exact: true })).toBeVisible()
    await expect(plates.last()).toContainText('/diff')
    await page.keyboard.press('Escape')
  })

  await test.step('the explanation tells of the images that are here', async () => {
    await shell.main.getByRole('button', { name: 'How it works' }).click()
    await expect(images.dialog('What an image is')).toContainText('3 images')
    await page.keyboard.press('Escape')
  })

  await test.step('what is gone says so', async () => {
    await images.open('web:2')
    lab.docker('rmi', 'web:2')
    await expect(shell.main.getByText(/no image|is gone/i).first()).toBeVisible()
  })
})
