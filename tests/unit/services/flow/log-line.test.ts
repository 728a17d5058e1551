import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { parseLine } from '../../../../electron/services/daemon-log/parse'
import { readLogLine } from '../../../../electron/services/flow/log-line'

function read(text: string) {
  const line = parseLine(text)
  return readLogLine({ ...line, time: line.time ?? '' })
}

const recorded = (name: string) =>
  readFileSync(fileURLToPath(new URL(`../../../support/recorded/${name}`, import.meta.url)), 'utf8')
    .trim()
    .split('\n')

describe('the lines of dockerd that tell of requests', () => {
  // Told from the recording by other means than the reader's: where the words stand in the raw line.
  it.each([
    ['requests-20.10.txt', /^time="[^"]*" level=debug msg="Calling (\w+) (\/[^"]*)"$/, /msg="Handler for/],
    [
      'requests-28.5.txt',
      / level=debug msg="handling (\w+) request".* request-url="?(\/[^" ]*)/,
      /msg="(?:Handler for|error response for)/,
    ],
  ])('are all found in %s, and none else', (file, start, failure) => {
    const lines = recorded(file)
    const starts = lines.flatMap((line) => {
      const match = start.exec(line)
      return match ? [`${match[1] ?? ''} ${(match[2] ?? '').split('?')[0] ?? ''}`] : []
    })
    const said = lines.map(read)
    const found = said.flatMap((one) =>
      one?.kind === 'start' ? [`${one.method} ${one.path.split('?')[0] ?? ''}`] : [],
    )
    expect(starts.length).toBeGreaterThan(30)
    expect(found).toEqual(starts)
    expect(said.filter((one) => one?.kind === 'error')).toHaveLength(
      lines.filter((line) => failure.test(line)).length,
    )
    for (const one of said) expect(one === undefined || Number.isFinite(one.at)).toBe(true)
  })

  // No recording of these two versions is at hand: lines as their sources write them.
  it.each([
    [
      '26',
      'time="2026-01-31T12:00:00.5Z" level=debug msg="Calling GET /v1.45/containers/c1/json" spanID=2106cfdfb8f2f588 traceID=bf0b2106cfdfb8f2f588bf0b2106cfdf',
      {
        kind: 'start',
        method: 'GET',
        path: '/v1.45/containers/c1/json',
        traceId: 'bf0b2106cfdfb8f2f588bf0b2106cfdf',
      },
    ],
    [
      '29',
      'time="2026-01-31T12:00:00.5Z" level=debug msg="handling POST request" form-data="{\\"Image\\":\\"bb\\"}" method=POST module=api request-url="/v1.52/containers/create?name=c1" spanID=2106cfdfb8f2f588 traceID=bf0b2106cfdfb8f2f588bf0b2106cfdf vars="map[version:1.52]"',
      { kind: 'start', method: 'POST', path: '/v1.52/containers/create?name=c1' },
    ],
    [
      '29, log-format json',
      '{"level":"debug","method":"GET","module":"api","msg":"handling GET request","request-url":"/v1.52/info","time":"2026-01-31T12:00:00.5Z","vars":"map[version:1.52]"}',
      { kind: 'start', method: 'GET', path: '/v1.52/info' },
    ],
    [
      '29, a failure',
      'time="2026-01-31T12:00:00.5Z" level=debug msg="error response for GET request" error-response="No such container: c1" method=GET module=api request-url=/v1.52/containers/c1/json status=404 vars="map[]"',
      { kind: 'error', error: 'No such container: c1', status: 404 },
    ],
    [
      '20.10, a failure',
      'time="2026-01-31T12:00:00.5Z" level=error msg="Handler for POST /v1.41/containers/c/start returned error: no: \\"x\\""',
      { kind: 'error', method: 'POST', path: '/v1.41/containers/c/start', error: 'no: "x"' },
    ],
  ])('are read as %s writes them', (_version, line, expected) => {
    expect(read(line)).toMatchObject({ ...expected, at: Date.parse('2026-01-31T12:00:00.5Z') })
  })

  it.each([
    'time="2026-01-31T12:00:00Z" level=info msg="Calling GET /v1.41/info"',
    'time="2026-01-31T12:00:00Z" level=debug msg="Calling GET nothing"',
    'time="2026-01-31T12:00:00Z" level=debug msg="form data: {\\"Cmd\\":[\\"Calling GET /x\\"]}"',
    'time="2026-01-31T12:00:00Z" level=debug msg="Registering GET, /containers/json"',
    'time="2026-01-31T12:00:00Z" level=debug msg="handling GET request" module=other request-url=/x',
    'time="2026-01-31T12:00:00Z" level=info msg="Handler for GET /x returned error: y"',
    'level=debug msg="Calling GET /x HTTP/1.1"',
    'Calling GET /v1.41/info',
  ])('are not taken from %s', (line) => {
    expect(read(line)).toBeUndefined()
  })

  it('hold no secret of a query', () => {
    expect(
      read(
        'time="2026-01-31T12:00:00Z" level=debug msg="Calling POST /build?buildargs=%7B%22P%22%3A%22geheim%22%7D&t=a"',
      ),
    ).toMatchObject({ path: '/build?buildargs=*****&t=a' })
  })
})
