import { describe, expect, it } from 'vitest'
import { isSecretFile, maskJson, maskKeys } from '../../../electron/helper/storage/secrets'

const KEY = '-----BEGIN RSA PRIVATE KEY-----\nMIIEsecretsecret\n-----END RSA PRIVATE KEY-----'

describe('JSON of a container', () => {
  const shown = (value: object) => JSON.parse(maskJson(value).text) as unknown

  it('has names of its environment and no values', () => {
    expect(shown({ Config: { Env: ['PATH=/bin', 'TOKEN=a=b', 'BARE'], Cmd: ['sleep', '1'] } })).toEqual({
      Config: { Env: ['PATH=*****', 'TOKEN=*****', 'BARE=*****'], Cmd: ['sleep', '1'] },
    })
    expect(shown({ environment: { A: '1' }, Env: null })).toEqual({ environment: { A: '*****' }, Env: null })
  })

  it('hides what is called a secret, and keys in any text', () => {
    const { text, masked } = maskJson({ auths: { r: { auth: 'x' } }, identityToken: 't', note: `see ${KEY}` })
    expect(text).not.toMatch(/secretsecret|"t"/)
    expect(masked).toBe(3)
  })
})

describe('text', () => {
  it.each([
    `before\n${KEY}\nafter`,
    '-----BEGIN PRIVATE KEY-----\nMIIEsecretsecret',
    'proxy http://user:secretsecret@proxy:80/',
    'password = "secretsecret"',
    'MYSQL_ROOT_PASSWORD=secretsecret',
    'join with SWMTKN-1-secretsecret-secretsecret',
  ])('%j loses its secret', (text) => {
    const { text: shown, masked } = maskKeys(text)
    expect(shown).not.toContain('secretsecret')
    expect(masked).toBeGreaterThan(0)
  })

  it('without one stays as it is', () => {
    const text = '{"log":"listening on http://0.0.0.0:80/","stream":"stdout"}\n'
    expect(maskKeys(text)).toEqual({ text, masked: 0 })
  })

  it('of any length is masked in reasonable time', () => {
    expect(maskKeys('-----BEGIN '.repeat(50_000)).masked).toBe(0)
    expect(maskKeys('token'.repeat(100_000)).masked).toBe(0)
    expect(maskKeys('a://'.repeat(100_000)).masked).toBe(0)
  })
})

describe('a file that is a secret as a whole', () => {
  it.each([
    [{ what: 'swarm' as const }, 'swarm/certificates/swarm-node.key'],
    [{ what: 'volume' as const, id: 'x' }, 'volumes/x/_data/server.pem'],
    [{ what: 'container-files' as const, id: 'c' }, 'containers/c/mounts/secrets/abc'],
    [{ what: 'engine' as const }, 'trust/private/root'],
  ])('%j %s', (place, path) => {
    expect(isSecretFile(place, path.split('/'))).toBe(true)
  })

  it('is no ordinary one', () => {
    expect(isSecretFile({ what: 'container-files', id: 'c' }, ['containers', 'c', 'hosts'])).toBe(false)
  })
})
