import { expect, test } from 'vitest'
import { logIn } from '../support/carriers'
import { knock, send, serverFor } from '../support/server'

const foreign = (port: number) => [
  'http://example.org',
  'null',
  'http://127.0.0.1',
  `https://127.0.0.1:${port}`,
  `http://127.0.0.1:${port + 1}`,
  // Another name of this very server is another origin.
  `http://localhost:${port}`,
  `http://127.0.0.1:${port}.example.org`,
  `http://127.0.0.1:${port}/`,
  'app://porthole',
  '',
]

test('a WebSocket is opened for our own page alone, cookie or not', async () => {
  const server = await serverFor()
  const Cookie = await logIn(server)
  expect((await knock(server, { Cookie, Origin: server.origin })).status).toBe(101)
  for (const Origin of foreign(server.port))
    expect(await knock(server, { Cookie, Origin }), Origin).toMatchObject({ status: 403 })
})

test('a WebSocket without an Origin is refused', async () => {
  const server = await serverFor()
  const answer = await knock(server, { Cookie: await logIn(server) })
  expect(answer.status).toBe(403)
  expect(JSON.parse(answer.body)).toMatchObject({ error: { code: 'rpc/denied' } })
})

test('a WebSocket without a session is refused', async () => {
  const server = await serverFor()
  expect((await knock(server, { Origin: server.origin })).status).toBe(401)
  const Cookie = `porthole-${server.port}=${'A'.repeat(43)}`
  expect((await knock(server, { Origin: server.origin, Cookie })).status).toBe(401)
})

test('only /rpc is a WebSocket', async () => {
  const server = await serverFor()
  const headers = { Cookie: await logIn(server), Origin: server.origin }
  for (const path of ['/', '/rpc/', '/rpcx', '//', 'http://[', '/session'])
    expect((await knock(server, headers, path)).status, path).toBe(404)
  expect((await knock(server, headers, '/rpc?x=1')).status).toBe(101)
})

test('a login from another page is refused and costs the link nothing', async () => {
  const server = await serverFor()
  const body = JSON.stringify({ token: server.link().split('token=')[1] })
  for (const Origin of [...foreign(server.port), undefined]) {
    const headers = Origin === undefined ? {} : { Origin }
    expect(await send(server, '/session', { method: 'POST', headers, body }), Origin).toMatchObject({
      status: 403,
    })
  }
  await logIn(server)
})

test('nothing but GET and the login is answered', async () => {
  const server = await serverFor()
  const headers = { Cookie: await logIn(server), Origin: server.origin }
  for (const [method, path] of [
    ['POST', '/'],
    ['PUT', '/session'],
    ['DELETE', '/index.html'],
    ['POST', '/rpc'],
    ['OPTIONS', '/rpc'],
  ] as const)
    expect((await send(server, path, { method, headers })).status, `${method} ${path}`).toBe(405)
})
