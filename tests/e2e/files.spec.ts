import { FilesPage } from './pages/files'
import { expect, test } from './support/app'

/** What an attacker would call a file. */
const HOSTILE = '<img src=x onerror=alert(1)>'

test('the data-root is a tree; an id is found in it, and a file read without its secrets', async ({
  lab,
  shell,
  page,
}) => {
  const image = lab.importBusybox('web:1')
  const script = 'echo x > "$NAME"; echo y > "$(echo -e "line\\nbreak")"; sleep 600'
  const id = lab
    .docker(
      ...['run', '--detach', '--network', 'none', '--name', 'web', '--env', 'TOKEN=not-to-be-seen'],
      ...['--env', `NAME=/${HOSTILE}`, image, '/bin/sh', '-c', script],
    )
    .trim()
  const upper = lab.docker('inspect', '--format', '{{.GraphDriver.Data.UpperDir}}', 'web').trim()
  const folder = upper.split('/').at(-2) ?? ''
  const files = new FilesPage(page, shell)

  await test.step('each folder says what it is, whose, and how large', async () => {
    await shell.open('Files')
    const containers = files.place('containers')
    await expect(containers).toContainText('One folder for each container')
    await containers.click()
    await expect(files.place(id)).toContainText('web')
    await expect(files.place(id)).toContainText(/\d\s?kB/)
  })

  await test.step('an id below overlay2 is somebody’s, and its place is opened', async () => {
    await files.find(folder)
    await expect(files.pane).toContainText(`overlay2/${folder}`)
    await expect(files.pane).toContainText('What this container changed against its image.')
    await files.place(folder).click()
    await files.place('diff').click()
  })

  await test.step('names of markup and of more than one line are text', async () => {
    await expect(files.place(HOSTILE)).toBeVisible()
    await expect(files.place('line\\nbreak')).toBeVisible()
    await expect(page.locator('main img')).toHaveCount(0)
  })

  await test.step('config.v2.json is read, its environment masked', async () => {
    await files.find(`${lab.dataRoot}/containers/${id}/config.v2.json`)
    await files.pane.getByRole('button', { name: 'Read it' }).click()
    const sheet = page.getByRole('dialog', { name: 'config.v2.json' })
    await expect(sheet).toContainText('"TOKEN=*****"')
    await expect(sheet).not.toContainText('not-to-be-seen')
    await page.keyboard.press('Escape')
  })

  await test.step('the palette finds it too', async () => {
    const palette = await shell.openPalette()
    await palette.getByRole('textbox').fill(`${lab.dataRoot}/volumes`)
    await palette.getByRole('option', { name: 'Whose is' }).click()
    await expect(files.pane).toContainText('The volumes of the driver local')
  })
})
