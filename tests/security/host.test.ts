import { expect, test } from 'vitest'
import { startServer } from '../../electron/server/server'
import { UsageError } from '../../electron/cli/command-line'
import { serve } from '../../electron/cli/serve'
import { logIn } from '../support/carriers'
import { builtPage, knock, send, serverFor, small } from '../support/server'

test('a name that is not ours is refused: it may be someone’s that points here', async () => {
  const server = await serverFor()
  const Cookie = await logIn(server)
  const { port } = server
  for (const Host of [
    'example.org',
    `example.org:${port}`,
    '127.0.0.1',
    `127.0.0.1:${port + 1}`,
    `127.0.0.2:${port}`,
    `127.0.0.1:${port}.example.org`,
  ]) {
    expect((await send(server, '/', { headers: { Host, Cookie } })).status, Host).toBe(421)
    expect((await knock(server, { Host, Cookie, Origin: `http://${Host}` })).status, Host).toBe(421)
    const login = { method: 'POST', headers: { Host, Origin: `http://${Host}` }, body: '{}' }
    expect((await send(server, '/session', login)).status, Host).toBe(421)
  }
})

test('both names of loopback are ours, each as an origin of its own', async () => {
  const server = await serverFor()
  const Cookie = await logIn(server)
  const Host = `localhost:${server.port}`
  expect((await send(server, '/', { headers: { Host, Cookie } })).status).toBe(200)
  expect((await knock(server, { Host, Cookie, Origin: `http://${Host}` })).status).toBe(101)
  expect((await knock(server, { Host, Cookie, Origin: server.origin })).status).toBe(403)
})

test('an address others can reach needs TLS or an explicit word', async () => {
  const options = { host: '0.0.0.0', port: 0, readOnly: false, allowAdmin: false, insecure: false }
  await expect(serve({ command: 'serve', serve: options, engine: {} })).rejects.toThrow(UsageError)
  await expect(serve({ command: 'serve', serve: options, engine: {} })).rejects.toThrow(
    /Others can reach 0\.0\.0\.0/,
  )
})

test('a server on loopback listens there alone', async () => {
  const server = await startServer({
    served: small,
    access: new Set(['read']),
    assets: builtPage(),
    host: '127.0.0.1',
    port: 0,
  })
  try {
    await expect(fetch(`http://[::1]:${server.port}/open`)).rejects.toThrow()
  } finally {
    await server.close()
  }
})
