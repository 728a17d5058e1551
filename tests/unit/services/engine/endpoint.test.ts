import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  chooseEndpoint,
  listEndpoints,
  parseAddress,
  resolveEndpoint,
} from '../../../../electron/services/engine/endpoint'

let home: string
let env: NodeJS.ProcessEnv
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'porthole-home-'))
  env = { HOME: home }
  mkdirSync(join(home, '.docker'))
})
afterEach(() => rmSync(home, { recursive: true, force: true }))

const id = (name: string): string => createHash('sha256').update(name).digest('hex')

function writeContext(name: string, docker: unknown): string {
  const folder = join(home, '.docker/contexts/meta', id(name))
  mkdirSync(folder, { recursive: true })
  writeFileSync(
    join(folder, 'meta.json'),
    JSON.stringify({ Name: name, Metadata: {}, Endpoints: { docker } }),
  )
  return folder
}

function useContext(name: string): void {
  writeFileSync(join(home, '.docker/config.json'), JSON.stringify({ auths: {}, currentContext: name }))
}

describe('the order of endpoints', () => {
  it('is flag, DOCKER_HOST, DOCKER_CONTEXT, current context, then the sockets of the machine', () => {
    writeContext('current', { Host: 'unix:///run/current.sock' })
    writeContext('named', { Host: 'unix:///run/named.sock' })
    useContext('current')
    const all = { ...env, DOCKER_HOST: 'unix:///run/host.sock', DOCKER_CONTEXT: 'named' }
    expect(resolveEndpoint({ endpoint: 'unix:///run/flag.sock', env: all })).toMatchObject({
      url: 'unix:///run/flag.sock',
      source: 'flag',
    })
    expect(resolveEndpoint({ env: all })).toMatchObject({
      url: 'unix:///run/host.sock',
      source: 'environment',
    })
    expect(resolveEndpoint({ env: { ...all, DOCKER_HOST: '' } })).toMatchObject({
      url: 'unix:///run/named.sock',
      source: 'context',
      context: 'named',
    })
    expect(resolveEndpoint({ env })).toMatchObject({ url: 'unix:///run/current.sock', context: 'current' })
    expect(resolveEndpoint({ env: { ...env, DOCKER_CONTEXT: 'default' } })).toMatchObject({
      source: 'default',
    })
    expect(resolveEndpoint({ env: { HOME: join(home, 'nowhere') } })).toMatchObject({ source: 'default' })
    expect(resolveEndpoint({ endpoint: 'unix:///x', env, sandbox: { socketPath: '/s' } })).toMatchObject({
      url: 'unix:///s',
      source: 'sandbox',
    })
  })

  it('takes DOCKER_CONFIG for the folder', () => {
    writeContext('other', { Host: 'tcp://10.0.0.1:2375' })
    useContext('other')
    const moved = { HOME: '/nonexistent', DOCKER_CONFIG: join(home, '.docker') }
    expect(resolveEndpoint({ env: moved })).toMatchObject({
      context: 'other',
      address: { kind: 'tcp', host: '10.0.0.1', port: 2375, tls: undefined },
    })
  })

  it('finds the rootless socket when there is no rootful one', async () => {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(join(home, 'docker.sock'), resolve))
    const listed = listEndpoints(
      { env: { ...env, XDG_RUNTIME_DIR: home } },
      resolveEndpoint({ endpoint: `unix://${home}/docker.sock`, env }),
    )
    expect(listed.find((entry) => entry.name === 'rootless')).toMatchObject({
      url: `unix://${home}/docker.sock`,
      present: true,
    })
    expect(listed.filter((entry) => entry.active)).toHaveLength(1)
    await new Promise((resolve) => server.close(resolve))
  })
})

describe('broken contexts', () => {
  it.each([
    ['a missing one', () => undefined],
    [
      'one that is no JSON',
      () => writeFileSync(join(writeContext('bad', {}), 'meta.json'), '{"Name": "bad"'),
    ],
    ['one without a host', () => writeContext('bad', {})],
    ['one that is a list', () => writeFileSync(join(writeContext('bad', {}), 'meta.json'), '[]')],
    [
      'one whose file is a folder',
      () => {
        const folder = writeContext('bad', {})
        rmSync(join(folder, 'meta.json'))
        mkdirSync(join(folder, 'meta.json'))
      },
    ],
  ])('are a state, not a crash: %s', (_what, make) => {
    make()
    useContext('bad')
    const endpoint = resolveEndpoint({ env })
    expect(endpoint).toMatchObject({ source: 'context', context: 'bad', problem: { reason: 'bad-endpoint' } })
    expect(endpoint.address).toBeUndefined()
    expect(listEndpoints({ env }, endpoint).filter((entry) => entry.active)).toHaveLength(1)
  })

  it('a broken config.json is told too', () => {
    writeFileSync(join(home, '.docker/config.json'), '{"currentContext": ')
    expect(resolveEndpoint({ env }).problem?.message).toContain('not valid JSON')
    writeFileSync(join(home, '.docker/config.json'), '{"currentContext": 7}')
    expect(resolveEndpoint({ env }).source).toBe('default')
  })
})

describe('TLS', () => {
  it('comes from the folder of the context', () => {
    writeContext('secure', { Host: 'tcp://10.0.0.1:2376', SkipTLSVerify: false })
    const folder = join(home, '.docker/contexts/tls', id('secure'), 'docker')
    mkdirSync(folder, { recursive: true })
    for (const part of ['ca', 'cert', 'key']) writeFileSync(join(folder, `${part}.pem`), part)
    useContext('secure')
    expect(resolveEndpoint({ env }).address).toEqual({
      kind: 'tcp',
      host: '10.0.0.1',
      port: 2376,
      tls: { ca: 'ca', cert: 'cert', key: 'key', verify: true },
    })
  })

  it('may be unverified by SkipTLSVerify', () => {
    writeContext('loose', { Host: 'tcp://10.0.0.1', SkipTLSVerify: true })
    useContext('loose')
    expect(resolveEndpoint({ env }).address).toMatchObject({ port: 2376, tls: { verify: false } })
  })

  it('comes from DOCKER_TLS_VERIFY and DOCKER_CERT_PATH, and a missing file is told', () => {
    const secure = { ...env, DOCKER_HOST: 'tcp://host', DOCKER_TLS_VERIFY: '1', DOCKER_CERT_PATH: home }
    expect(resolveEndpoint({ env: secure }).problem).toMatchObject({ reason: 'tls' })
    for (const part of ['ca', 'cert', 'key']) writeFileSync(join(home, `${part}.pem`), part)
    expect(resolveEndpoint({ env: secure }).address).toMatchObject({
      port: 2376,
      tls: { ca: 'ca', verify: true },
    })
    expect(resolveEndpoint({ env: { ...env, DOCKER_HOST: 'tcp://host' } }).address).toMatchObject({
      port: 2375,
      tls: undefined,
    })
  })
})

describe('addresses', () => {
  it.each([
    ['unix:///run/docker.sock', { kind: 'unix', path: '/run/docker.sock' }],
    ['unix://', { kind: 'unix', path: '/var/run/docker.sock' }],
    ['tcp://[::1]:2375', { kind: 'tcp', host: '::1', port: 2375, tls: undefined }],
    ['http://host:80', { kind: 'tcp', host: 'host', port: 80, tls: undefined }],
    ['https://host', { kind: 'tcp', host: 'host', port: 2376, tls: { verify: true } }],
  ])('%s', (text, address) => {
    expect(parseAddress(text, undefined)).toEqual({ address })
  })

  it.each([
    'ssh://u@h',
    'npipe:////./pipe/x',
    'fd://',
    'ftp://x',
    'docker.sock',
    '',
    'unix://relative/x',
    `unix:///${'x'.repeat(120)}`,
    'tcp://u:p@host',
    'tcp://host/path',
    'tcp://host:99999',
    'tcp://',
  ])('%j is refused with a hint', (text) => {
    const { address, problem } = parseAddress(text, undefined)
    expect(address).toBeUndefined()
    expect(problem?.reason).toBe('bad-endpoint')
    expect(problem?.hint).not.toBe('')
  })
})

describe('choosing', () => {
  it('takes a lent sandbox when it is chosen, and never by itself', () => {
    const options = { env, endpoint: 'unix:///run/lab.sock', lent: { socketPath: '/run/tried.sock' } }
    const active = resolveEndpoint(options)
    expect(active.url).toBe('unix:///run/lab.sock')
    const url = 'unix:///run/tried.sock'
    expect(listEndpoints(options, active)).toContainEqual(
      expect.objectContaining({ url, name: 'sandbox', source: 'sandbox', active: false }),
    )
    expect(chooseEndpoint(options, active, { url }).source).toBe('sandbox')
  })

  it('takes a known endpoint only', () => {
    writeContext('lab', { Host: 'unix:///run/lab.sock' })
    writeContext('far', { Host: 'ssh://me@far' })
    const active = resolveEndpoint({ endpoint: 'unix:///run/flag.sock', env })
    const options = { endpoint: 'unix:///run/flag.sock', env }
    expect(chooseEndpoint(options, active, { url: 'unix:///run/lab.sock' })).toMatchObject({
      source: 'chosen',
      context: 'lab',
    })
    for (const url of ['tcp://evil:80', 'ssh://me@far', '__proto__'])
      expect(() => chooseEndpoint(options, active, { url })).toThrow(
        expect.objectContaining({ code: 'engine/bad-endpoint' }) as Error,
      )
  })
})
