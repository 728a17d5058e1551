import { symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { appAnswer } from '../../electron/main/app-answer'
import { isOutsideLink, stays } from '../../electron/main/navigation'
import { readAsset } from '../../electron/server/assets'
import { logIn } from '../support/carriers'
import { builtPage, send, serverFor } from '../support/server'

/** Paths that must not lead to `secret.txt` beside the page's folder. */
const escapes = [
  '/../secret.txt',
  '/assets/../../secret.txt',
  '/%2e%2e/secret.txt',
  '/%2E%2E%2Fsecret.txt',
  '/..%2fsecret.txt',
  '/..%5csecret.txt',
  '/..\\secret.txt',
  '/%252e%252e/secret.txt',
  '/assets/%2e%2e/%2e%2e/secret.txt',
  '//etc/passwd.txt',
  '/%00/../secret.txt',
  '/index.html%00.txt',
  '/%',
  '/%c0%ae%c0%ae/secret.txt',
  'secret.txt',
  '',
  '/link.txt',
  '/folder/secret.txt',
]

function pageWithLinks(): string {
  const page = builtPage()
  symlinkSync(join(page, '..', 'secret.txt'), join(page, 'link.txt'))
  symlinkSync(join(page, '..'), join(page, 'folder'))
  return page
}

test.each(escapes)('%j reads nothing outside the page', async (path) => {
  expect(await readAsset(pageWithLinks(), path)).toBeUndefined()
})

test('an absolute path is one below the page', async () => {
  const page = pageWithLinks()
  expect(await readAsset(page, join(page, '..', 'secret.txt'))).toBeUndefined()
})

test.each(escapes)('app:// answers %j without the secret', async (path) => {
  const url = `app://porthole${path.startsWith('/') ? '' : '/'}${path}`
  const answer = await appAnswer(pageWithLinks(), 'GET', url)
  expect(await answer.text()).not.toContain('secret')
})

test.each(escapes.filter((path) => path.startsWith('/')))(
  'serve answers %j without the secret',
  async (path) => {
    const server = await serverFor(['read'], pageWithLinks())
    const answer = await send(server, path, { headers: { Cookie: await logIn(server) } })
    expect(answer.body).not.toBe('secret')
  },
)

test('app:// has one host and reads only', async () => {
  const page = builtPage()
  expect((await appAnswer(page, 'GET', 'app://porthole/')).status).toBe(200)
  expect((await appAnswer(page, 'GET', 'app://porthole/overview')).status).toBe(200)
  expect((await appAnswer(page, 'GET', 'app://other/')).status).toBe(404)
  expect((await appAnswer(page, 'POST', 'app://porthole/')).status).toBe(404)
})

test('a link inside the page is followed, out of it never', async () => {
  const page = builtPage()
  symlinkSync(join(page, 'index.html'), join(page, 'same.html'))
  writeFileSync(join(page, 'a b.txt'), 'a b')
  expect((await readAsset(page, '/same.html'))?.type).toContain('text/html')
  expect((await readAsset(page, '/a%20b.txt'))?.body.toString()).toBe('a b')
})

test('the window stays on its own page', () => {
  for (const url of ['app://porthole/', 'app://porthole/events', 'app://porthole'])
    expect(stays(url, 'app://porthole'), url).toBe(true)
  for (const url of [
    'app://porthole.example.org/',
    'app://other/',
    'https://example.org/',
    'file:///etc/passwd',
    'javascript:alert(1)',
    'data:text/html,x',
    'about:blank',
    '',
  ])
    expect(stays(url, 'app://porthole'), url).toBe(false)
})

test('only listed sites are handed to the system’s browser', () => {
  expect(isOutsideLink('https://docs.docker.com/engine/')).toBe(true)
  for (const url of [
    'http://docs.docker.com/',
    'https://docs.docker.com.example.org/',
    'https://user@example.org/',
    'https://docs.docker.com@example.org/',
    'file:///bin/sh',
    'smb://host/share',
    'not a url',
  ])
    expect(isOutsideLink(url), url).toBe(false)
})
