import { describe, expect, it } from 'vitest'
import { LogLine } from '../../../../electron/contract/subjects/daemon-log'
import { parseLine, unquote } from '../../../../electron/services/daemon-log/parse'

const TIME = '2026-11-23T21:09:09.872401000Z'
const ESC = '\u001b'

describe('the shapes of a line', () => {
  it.each([
    [
      'text, 20.10',
      `time="${TIME}" level=debug msg="Calling GET /v1.41/containers/c1/json"`,
      { level: 'debug', message: 'Calling GET /v1.41/containers/c1/json', time: TIME, fields: {} },
    ],
    [
      'text with fields, 28',
      `time="${TIME}" level=debug msg="handling GET request" method=GET module=api request-url=/v1.50/info vars="map[name:c1 version:1.50]"`,
      {
        level: 'debug',
        message: 'handling GET request',
        fields: {
          method: 'GET',
          module: 'api',
          'request-url': '/v1.50/info',
          vars: 'map[name:c1 version:1.50]',
        },
      },
    ],
    [
      'bare values',
      'level=warning msg=short error=EOF empty=',
      { level: 'warning', message: 'short', fields: { error: 'EOF', empty: '' } },
    ],
    [
      'Go escapes',
      'level=error msg="a \\"b\\" \\\\ \\t\\n \\x01 \\u00e9 \\U0001f600 \\xff"',
      { level: 'error', message: 'a "b" \\ \t\n \u0001 é 😀 \ufffd' },
    ],
    [
      'JSON',
      `{"level":"info","msg":"API listen on /run/docker.sock","time":"${TIME}","count":3,"form-data":{"Image":"a"}}`,
      {
        level: 'info',
        message: 'API listen on /run/docker.sock',
        time: TIME,
        fields: { count: '3', 'form-data': '{"Image":"a"}' },
      },
    ],
    [
      'terminal',
      `INFO[${TIME}] Loading containers: done.                     module=api storage-driver=overlay2`,
      {
        level: 'info',
        message: 'Loading containers: done.',
        time: TIME,
        fields: { module: 'api', 'storage-driver': 'overlay2' },
      },
    ],
    [
      'terminal, seconds since start',
      'WARN[0001] could not use   error="no such file"',
      { level: 'warning', message: 'could not use', fields: { error: 'no such file' } },
    ],
    [
      'terminal with colours',
      `${ESC}[31mERRO${ESC}[0m[${TIME}] failed a=b to start        ${ESC}[31merror${ESC}[0m="x y"`,
      { level: 'error', message: 'failed a=b to start', fields: { error: 'x y' } },
    ],
    ['fatal', 'level=fatal msg=gone', { level: 'fatal', message: 'gone' }],
    ['a level nobody knows', 'level=loud msg=x', { level: 'unknown', message: 'x' }],
  ])('%s', (_name, text, expected) => {
    expect(parseLine(text)).toMatchObject({ ...expected, raw: text })
  })

  it.each([
    'goroutine 1 [running]:',
    'panic: runtime error: invalid memory address or nil pointer dereference',
    '\t/go/src/github.com/docker/docker/daemon/daemon.go:1021 +0x1f5 level=error',
    'failed to start daemon: specified default runtime "x" does not exist',
    '{"not":"a log line"}',
    '{"level":"error", broken',
    '',
    '[]',
    'null',
  ])('%s is a line of unknown level, as it is', (text) => {
    expect(parseLine(text)).toEqual({ level: 'unknown', message: text, fields: {}, raw: text })
  })

  it('takes a time only when it is one', () => {
    expect(parseLine('time="yesterday" level=info msg=x').time).toBeUndefined()
    expect(parseLine('time="2026-13-45T99:00:00Z" level=info msg=x').time).toBeUndefined()
    expect(parseLine(`time="${TIME}" level=info msg=x`).at).toBe(Date.parse(TIME))
  })

  it('unquotes only what has escapes', () => {
    expect(unquote('plain')).toBe('plain')
    expect(unquote('\\q stays')).toBe('\\q stays')
  })
})

describe('hostile lines', () => {
  it('keeps markup and control characters as text', () => {
    const text = 'level=info msg="<img src=x onerror=alert(1)>\\x1b]0;title\\a" name="<script>"'
    const line = parseLine(text)
    expect(line.message).toBe('<img src=x onerror=alert(1)>\u001b]0;title\u0007')
    expect(line.fields['name']).toBe('<script>')
    expect(line.raw).toBe(text)
  })

  it('takes __proto__ for a field like any other', () => {
    const line = parseLine('level=info msg=x __proto__=y constructor=z')
    expect(Object.entries(line.fields)).toEqual([
      ['__proto__', 'y'],
      ['constructor', 'z'],
    ])
    expect(({} as Record<string, unknown>)['y']).toBeUndefined()
  })

  it('reads a line that was cut inside a value', () => {
    expect(parseLine('level=debug msg="form data: {\\"Image').message).toBe('form data: {"Image')
  })

  const long = 256 * 1024
  it.each([
    ['letters', 'a'.repeat(long)],
    ['a long message', `level=info msg="${'a'.repeat(long)}"`],
    ['control characters', '\u0001'.repeat(long)],
    [
      'control characters in fields',
      `level=info msg=x f="${'\u0001'.repeat(long)}" g="${'\\x01'.repeat(9_000)}"`,
    ],
    ['backslashes', `level=info msg="${'\\'.repeat(long)} token`],
    ['quotes', `secret ${'\\"'.repeat(long / 2)}`],
    ['words that could be secrets', 'token'.repeat(long / 5)],
    ['assignments', "token='".repeat(long / 7)],
    ['schemes', `x://${'%3A%2F%2F'.repeat(long / 10)}@`],
    ['open lists', 'Env:['.repeat(long / 5)],
    ['JSON that never ends', '{"Env":['.repeat(long / 8)],
    ['many fields', `level=info msg=x ${'k=v '.repeat(long / 4)}`],
    ['terminal pairs', `INFO[0001] ${' k=v "'.repeat(long / 6)}`],
    ['broken surrogates', '\ud800'.repeat(long / 4)],
  ])('%s: still one item that fits in a frame', (_name, text) => {
    const line = parseLine(text)
    const { time, level, message, fields, raw } = line
    const item = LogLine.parse({ seq: 1, time: time ?? TIME, level, message, fields, source: 'x', raw })
    expect(Buffer.byteLength(JSON.stringify(item))).toBeLessThan(1024 * 1024 - 512)
  })
})
