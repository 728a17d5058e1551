import { expect, test } from './support/app'

test('a daemon that stops is told at once, and that it is back', async ({ lab, shell }) => {
  const firstPid = lab.pid
  await expect(shell.main.getByText(String(firstPid)).first()).toBeVisible()

  await lab.down()
  await expect(shell.linkBanner).toBeVisible()
  // What was known stays in sight.
  await expect(shell.heading('Overview')).toBeVisible()

  await lab.up()
  await expect(shell.linkBanner).toBeHidden()
  await expect(shell.main.getByText(String(lab.pid)).first()).toBeVisible()
  expect(lab.pid).not.toBe(firstPid)
})
