import { expect, test } from 'vitest'
import { appAnswer } from '../../electron/main/app-answer'
import { securityHeaders, servedHeaders } from '../../electron/server/headers'
import { logIn } from '../support/carriers'
import { builtPage, send, serverFor } from '../support/server'

test('the policy allows the page’s own files and nothing else', () => {
  expect(securityHeaders()['Content-Security-Policy']).toBe(
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; " +
      "font-src 'self'; connect-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  )
})

test('both carriers send the same headers with every answer', async () => {
  const page = builtPage()
  const server = await serverFor(['read'], page)
  const Cookie = await logIn(server)
  const answers = [
    ...(await Promise.all(
      ['/', '/open', '/open.js', '/assets/main-1.js', '/no.txt'].map((path) =>
        send(server, path, { headers: { Cookie } }),
      ),
    )),
    await send(server, '/'),
    await send(server, '/', { headers: { Host: 'example.org' } }),
    await send(server, '/session', { method: 'POST', body: '{}' }),
    await send(server, '/', { method: 'PUT' }),
  ].map(
    ({ headers }) =>
      (name: string) =>
        headers[name.toLowerCase()],
  )
  const app = await Promise.all(
    ['/', '/no.txt'].map((path) => appAnswer(page, 'GET', `app://porthole${path}`)),
  )
  for (const header of answers)
    for (const [name, value] of Object.entries(servedHeaders())) expect(header(name), name).toBe(value)
  for (const { headers } of app)
    for (const [name, value] of Object.entries(securityHeaders())) expect(headers.get(name), name).toBe(value)
})

test('a page of another site that opens the served one has no hold of it', () => {
  expect(servedHeaders()['Cross-Origin-Opener-Policy']).toBe('same-origin')
})

test('the pages before the login obey the policy: no script of theirs is inline', async () => {
  const server = await serverFor()
  for (const path of ['/open', '/'])
    for (const [, attributes, body] of (await send(server, path)).body.matchAll(
      /<script([^>]*)>(.*?)<\/script>/gs,
    )) {
      expect(attributes).toContain('src="/')
      expect(body).toBe('')
    }
})

test('nothing that needs a session is kept by a cache that others share', async () => {
  const server = await serverFor()
  const Cookie = await logIn(server)
  expect((await send(server, '/', { headers: { Cookie } })).headers['cache-control']).toBe('no-store')
  expect((await send(server, '/assets/main-1.js', { headers: { Cookie } })).headers['cache-control']).toMatch(
    /^private/,
  )
})
