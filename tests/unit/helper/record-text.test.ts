import { describe, expect, it } from 'vitest'
import { debugIn, withDebug } from '../../../electron/helper/record-text'

const bytes = (text: string): string => Buffer.from(text).toString('latin1')
const read = (text: string | undefined): unknown => JSON.parse(Buffer.from(text ?? '', 'latin1').toString())

describe('debug in a daemon.json', () => {
  it('is what dockerd would read: the last of two, at the top level alone', () => {
    expect(debugIn('{"debug": false, "debug": true}')).toBe(true)
    expect(debugIn('{"x": {"debug": true}}')).toBeUndefined()
    expect(debugIn('{"debug": "yes"}')).toBeUndefined()
    expect(debugIn('{"d\\u0065bug": true}')).toBe(true)
  })

  it.each(['', '[]', 'null', '{"a": 1,}', '{"a"', '// debug\n{}'])('is not told of %j', (text) => {
    expect(debugIn(text)).toBeNull()
  })

  it.each([
    '{}',
    '{ }\n',
    '{"debug": false}',
    '{"debug":false,"labels":["a=}","b=\\"{"]}',
    '{\n  "labels": ["x"],\n  "debug"  :  false ,\n  "log-opts": {"max-size": "10m"}\n}\n',
    '{"labels":["x"],"debug":false}',
    '{"debug":false,"debug":false,"mtu":1400}',
  ])('is switched in %j, and nothing else is', (text) => {
    const { debug: _, ...others } = JSON.parse(text) as Record<string, unknown>
    const on = withDebug(text, true)
    expect(debugIn(on ?? '')).toBe(true)
    expect(read(on)).toEqual({ ...others, debug: true })
    expect(read(withDebug(on ?? '', undefined))).toEqual(others)
  })

  it('leaves every other byte as it is, valid UTF-8 or not', () => {
    const text = `{"labels": ["ключ=${'\u00ff'}"], "debug": false}\n`
    expect(withDebug(bytes(text), true)).toBe(bytes(text.replace('false', 'true')))
    expect(withDebug(`${bytes('\uFEFF')}{}`, true)).toBe(`${bytes('\uFEFF')}{"debug": true}`)
  })

  it('makes a file of nothing, and nothing of what is no object', () => {
    expect(withDebug('', true)).toBe('{"debug": true}\n')
    expect(withDebug('[1]', true)).toBeUndefined()
  })
})
