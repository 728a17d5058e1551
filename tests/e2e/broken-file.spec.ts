import { readFileSync, writeFileSync } from 'node:fs'
import { until } from '../support/until'
import { expect, test } from './support/app'

test('a daemon.json with a comment is refused with its line, and left as it is', async ({
  lab,
  configuration,
}) => {
  const broken = '{\n  "log-level": "info",\n  // verbose\n  "debug": false\n}\n'
  writeFileSync(lab.configFile, broken)
  await configuration.open()
  await configuration.debug.click()
  await expect(configuration.dialog).toContainText(/line 3/i)
  await expect(configuration.go).toBeHidden()
  await configuration.close()
  expect(readFileSync(lab.configFile, 'utf8')).toBe(broken)
  expect((await lab.info())['Debug']).toBe(false)
})

test('a daemon.json that someone else changes meanwhile is not overwritten', async ({
  lab,
  configuration,
}) => {
  await configuration.open()
  await configuration.review()
  const theirs = '{ "labels": ["theirs=1"] }\n'
  writeFileSync(lab.configFile, theirs)
  await configuration.go.click()
  await expect(configuration.dialog).toContainText(/changed/i)
  expect(readFileSync(lab.configFile, 'utf8')).toBe(theirs)
  await configuration.close()

  // A second attempt stands on the new file and keeps what they wrote.
  await configuration.review()
  await configuration.apply()
  expect(JSON.parse(readFileSync(lab.configFile, 'utf8'))).toEqual({ labels: ['theirs=1'], debug: true })
  await until('debug to be on', async () => (await lab.info())['Debug'] === true)
})
