import { expect, test } from 'vitest'
import { WebSocket } from 'ws'
import type { InputOf, RequestName } from '../../electron/contract/contract'
import type { Access } from '../../electron/contract/define'
import { createClient } from '../../electron/rpc/client'
import { logIn, socketTransport } from '../support/carriers'
import { knock, send, serverFor } from '../support/server'

const login = (server: Awaited<ReturnType<typeof serverFor>>, token: unknown) =>
  send(server, '/session', {
    method: 'POST',
    headers: { Origin: server.origin },
    body: JSON.stringify({ token }),
  })

test('a link works once, and the next one is another', async () => {
  const server = await serverFor()
  const link = server.link()
  const token = link.split('token=')[1]
  expect((await login(server, token)).status).toBe(204)
  const second = await login(server, token)
  expect(second.status).toBe(403)
  expect(second.headers['set-cookie']).toBeUndefined()
  const { error } = JSON.parse(second.body) as { error: { message: string; hint: string } }
  expect(error.message).toContain('used already')
  expect(error.hint).toContain('printed last')
  expect(server.link()).not.toBe(link)
})

test('the cookie is out of reach of scripts and other sites', async () => {
  const server = await serverFor()
  const answer = await login(server, server.link().split('token=')[1])
  const [cookie] = answer.headers['set-cookie'] ?? []
  expect(cookie).toMatch(/^porthole-\d+=[\w-]{43}; HttpOnly; SameSite=Strict; Path=\/$/)
})

test('nothing but the whole token is taken', async () => {
  const server = await serverFor()
  const token = server.link().split('token=')[1] ?? ''
  for (const wrong of ['', token.slice(0, -1), `${token}x`, token.toUpperCase(), 7, null, [token], { token }])
    expect((await login(server, wrong)).status, JSON.stringify(wrong)).toBe(403)
  for (const body of ['', 'null', '[]', 'token', '{"token":']) {
    const headers = { Origin: server.origin }
    expect((await send(server, '/session', { method: 'POST', headers, body })).status, body).toBe(403)
  }
  await logIn(server)
})

test('the token never stands in what a server sees: path or query open nothing', async () => {
  const server = await serverFor()
  const token = server.link().split('token=')[1] ?? ''
  expect(new URL(server.link()).search).toBe('')
  for (const path of [`/open?token=${token}`, `/session?token=${token}`, `/?token=${token}`])
    expect((await send(server, path)).headers['set-cookie']).toBeUndefined()
})

test('the page needs a session, all of it, and says how to get one', async () => {
  const server = await serverFor()
  for (const path of ['/', '/index.html', '/assets/main-1.js', '/configuration']) {
    const answer = await send(server, path)
    expect(answer.status).toBe(401)
    expect(answer.body).toContain('porthole serve')
  }
  const Cookie = await logIn(server)
  expect((await send(server, '/assets/main-1.js', { headers: { Cookie } })).body).toBe('export {}')
})

test('a session of one server is nothing to another', async () => {
  const one = await serverFor()
  const other = await serverFor()
  const Cookie = (await logIn(one)).replace(String(one.port), String(other.port))
  expect((await knock(other, { Cookie, Origin: other.origin })).status).toBe(401)
})

test.each<[Access[], string[]]>([
  [['read'], ['test.read']],
  [
    ['read', 'write'],
    ['test.read', 'test.write'],
  ],
  [
    ['read', 'write', 'admin'],
    ['test.read', 'test.write', 'test.admin'],
  ],
])('a session with %j may do %j and no more', async (access, allowed) => {
  const server = await serverFor(access)
  const socket = new WebSocket(`${server.origin.replace('http', 'ws')}/rpc`, {
    headers: { Cookie: await logIn(server), Origin: server.origin },
  })
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject))
  const client = createClient(socketTransport(socket))
  const call = client.call as unknown as (
    name: string,
    input: InputOf<RequestName> | object,
  ) => Promise<unknown>
  for (const name of ['test.read', 'test.write', 'test.admin']) {
    const answer = call(name, {})
    if (allowed.includes(name)) await expect(answer).resolves.toBeTypeOf('string')
    else await expect(answer).rejects.toMatchObject({ code: 'rpc/denied' })
  }
  client.close()
})
