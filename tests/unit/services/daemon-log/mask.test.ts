import { describe, expect, it } from 'vitest'
import { maskSecrets } from '../../../../electron/services/daemon-log/mask'
import { parseLine } from '../../../../electron/services/daemon-log/parse'

const form = {
  Image: 'busybox',
  Env: ['DB_PASSWORD=hunter2', 'PATH=/bin:/usr/bin', 'QUOTED=say "hunter2" \\ hunter2', 'INHERITED'],
  Labels: { 'com.example.token': 'hunter2', plain: 'keep-me' },
  AuthConfig: { username: 'hunter2', nested: { password: 'hunter2' } },
  HostConfig: { Memory: 7, SecurityOpt: ['keep-me'] },
  RegistryToken: 12345678,
}
const json = JSON.stringify(form)
/** Go's %q for what JSON can hold here. */
const quoted = JSON.stringify(json)

describe('form data of requests', () => {
  it.each([
    ['text, 20.10', `level=debug msg=${JSON.stringify(`form data: ${json}`)}`],
    ['text, 28', `level=debug msg="handling POST request" form-data=${quoted} method=POST`],
    ['json', `{"level":"debug","msg":"handling POST request","form-data":${json}}`],
    ['json in a message', JSON.stringify({ level: 'debug', msg: `form data: ${json}` })],
    ['JSON twice quoted', `level=debug msg=${JSON.stringify(JSON.stringify({ body: json }))}`],
    ['terminal', `DEBU[0001] form data: ${json}`],
  ])('%s: no secret in raw, message or fields', (_name, text) => {
    const line = parseLine(text)
    const all = JSON.stringify(line)
    expect(all).not.toContain('hunter2')
    expect(all).not.toContain('12345678')
    expect(all).not.toContain('/usr/bin')
    expect(all).toContain('DB_PASSWORD=*****')
    expect(all).toContain('INHERITED')
    expect(all).toContain('keep-me')
    expect(line.level).toBe(_name === 'terminal' || text.includes('debug') ? 'debug' : 'unknown')
  })

  it('stays JSON that can be read', () => {
    const { message } = parseLine(`level=debug msg=${JSON.stringify(`form data: ${json}`)}`)
    const masked = JSON.parse(message.slice('form data: '.length)) as typeof form
    expect(masked.Env).toEqual(['DB_PASSWORD=*****', 'PATH=*****', 'QUOTED=*****', 'INHERITED'])
    expect(masked.Labels).toEqual({ 'com.example.token': '*****', plain: 'keep-me' })
    expect(masked.AuthConfig).toEqual({ username: '*****', nested: { password: '*****' } })
    expect(masked.HostConfig).toEqual({ Memory: 7, SecurityOpt: ['keep-me'] })
  })

  it('masks to the end where the line was cut', () => {
    expect(parseLine('level=debug msg="form data: {\\"Env\\":[\\"A=hunter2').raw).not.toContain('hunter2')
    expect(
      parseLine('level=debug msg="x" form-data="{\\"Env\\":[\\"A=hunter2" method=POST').fields['method'],
    ).toBe('POST')
  })
})

describe('other places', () => {
  it.each([
    ['a user in a URL', 'proxy http://bob:hunter2@proxy:3128/', 'proxy http://*****@proxy:3128/'],
    [
      'a user in a query',
      'POST /build?remote=https%3A%2F%2Fbob%3Ahunter2%40git.example%2Fx&q=1',
      'POST /build?remote=https%3A%2F%2F*****%40git.example%2Fx&q=1',
    ],
    [
      'build arguments',
      'POST /build?buildargs=%7B%22A%22%3A%22hunter2%22%7D&t=x',
      'POST /build?buildargs=*****&t=x',
    ],
    ['build arguments in JSON', '{"buildargs":{"A":"hunter2"}}', '{"buildargs":{"A":"*****"}}'],
    [
      'a registry header',
      'headers map[X-Registry-Auth:[hunter2==] Accept:[x]]',
      'headers map[X-Registry-Auth:[*****] Accept:[x]]',
    ],
    ['a bearer token', 'Authorization: Bearer hunter2.x', 'Authorization: Bearer *****'],
    ['a field', 'level=info msg=x splunk-token=hunter2 a=b', 'level=info msg=x splunk-token=***** a=b'],
    [
      'a quoted field',
      'level=info msg=x password="hunter2 \\"x\\" y" a=b',
      'level=info msg=x password="*****" a=b',
    ],
    ['inside a quoted message', 'msg="run --token=hunter2 now"', 'msg="run --token=***** now"'],
    ['a Go struct', '&{Env:[A=hunter2 B=hunter2] Cmd:[x]}', '&{Env:[A=***** B=*****] Cmd:[x]}'],
  ])('%s', (_name, text, expected) => {
    expect(maskSecrets(text)).toBe(expected)
  })

  it.each([
    'level=info msg="API listen on /run/docker.sock"',
    'level=info msg="Reloaded configuration: {\\"authorization-plugins\\":[\\"p\\"],\\"mtu\\":1500}"',
    'level=debug msg="handling GET request" request-url="/v1.50/images/busybox@sha256:00/json"',
    '{"author":"me","environments":3}',
    'level=info msg="unix:///run/docker.sock" env=',
    '{"secret":null,"token":false}',
  ])('%s stays', (text) => {
    expect(maskSecrets(text)).toBe(text)
  })
})
