import { describe, expect, it } from 'vitest'
import { AppError } from '../../../../electron/contract/errors'
import { toAppError } from '../../../../electron/services/engine'
import { compareVersions, negotiate } from '../../../../electron/services/engine/versions'

const modem = (statusCode: number, message: string): Error =>
  Object.assign(new Error(`(HTTP code ${statusCode}) reason - ${message} `), {
    statusCode,
    json: { message },
  })

describe('errors of dockerode and Node', () => {
  it.each([
    [modem(404, 'No such container: x'), 'engine/not-found', 'No such container: x'],
    [modem(409, 'in use'), 'engine/conflict', 'in use'],
    [modem(403, 'plugin says no'), 'engine/refused', 'plugin says no'],
    [modem(500, 'broken'), 'engine/refused', 'broken'],
    [modem(400, 'client version 1.39 is too old.'), 'engine/too-old', 'client version 1.39 is too old.'],
    [
      Object.assign(new Error('(HTTP code 500) server error - plain '), { statusCode: 500 }),
      'engine/refused',
      'plain',
    ],
    [Object.assign(new Error('x'), { code: 'EACCES' }), 'engine/denied', undefined],
    [Object.assign(new Error('x'), { code: 'ECONNREFUSED' }), 'engine/unreachable', undefined],
    [Object.assign(new Error('x'), { code: 'HPE_INVALID_CONSTANT' }), 'engine/not-docker', undefined],
    [new DOMException('stop', 'AbortError'), 'rpc/cancelled', undefined],
  ])('%s', (error, code, message) => {
    const coded = toAppError(error)
    expect(coded).toMatchObject({ code, ...(message === undefined ? {} : { message }) })
  })

  it('leaves the others alone', () => {
    const own = new AppError('config/busy', 'Busy.')
    expect(toAppError(own)).toBe(own)
    const bug = new TypeError('x is undefined')
    expect(toAppError(bug)).toBe(bug)
  })
})

describe('versions', () => {
  it('are negotiated down to what both speak', () => {
    expect(negotiate('1.41', '1.12')).toBe('1.41')
    expect(negotiate('1.51', '1.24')).toBe('1.51')
    expect(negotiate('1.55', '1.40')).toBe('1.51')
    expect(negotiate('1.52', '1.44')).toBe('1.51')
    expect(negotiate('1.40', '1.12')).toBeUndefined()
    expect(negotiate('1.60', '1.52')).toBeUndefined()
    expect(negotiate('nonsense', '1.12')).toBeUndefined()
    expect(compareVersions('1.9', '1.10')).toBeLessThan(0)
  })
})
