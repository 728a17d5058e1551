import { describe, expect, it } from 'vitest'
import { effectiveMembers, parseDocument } from '../../../../electron/services/config/document'
import { editDocument } from '../../../../electron/services/config/edit'

const first = (text: string, version = '28.0.0') => parseDocument(text, version).problems[0]
const edit = (text: string, set: Record<string, unknown>, unset: string[] = []) =>
  editDocument(text, new Map(Object.entries(set)), unset)

describe('a text that is not plain JSON is refused with its place', () => {
  it.each([
    ['{"a":1,}', 'json/trailing-comma', 1, 7],
    ['{"a":[1,]}', 'json/trailing-comma', 1, 8],
    ['{\n  "a": 1\n  "b": 2\n}', 'json/no-comma', 3, 3],
    ['{"a" 1}', 'json/no-colon', 1, 6],
    ['{ /* c */ }', 'json/comment', 1, 3],
    ['# c\n{}', 'json/comment', 1, 1],
    ['{}\n// c', 'json/comment', 2, 1],
    ['{"debug": tru', 'json/truncated', 1, 11],
    ['{"a": "b', 'json/truncated', 1, 7],
    ['{', 'json/truncated', 1, 2],
    ['{"a":1} {"b":2}', 'json/trailing', 1, 9],
    ['{"a":1}}', 'json/trailing', 1, 8],
    ['[]', 'json/not-an-object', 1, 1],
    ['"x"', 'json/not-an-object', 1, 1],
    ['{“a”: 1}', 'json/invisible', 1, 2],
    ['{"ключ":\u00a0true}', 'json/invisible', 1, 9],
    ['{"a":\u3000true}', 'json/invisible', 1, 6],
    ['{"a":1}\u200b', 'json/invisible', 1, 8],
    ['{"😀":\u00a01}', 'json/invisible', 1, 6],
    ["{'a':1}", 'json/single-quote', 1, 2],
    ['{"a":01}', 'json/no-comma', 1, 7],
    ['{"a":NaN}', 'json/syntax', 1, 6],
    ['{"a":"\\x"}', 'json/escape', 1, 6],
    ['{"a":"x\ny"}', 'json/open-string', 1, 6],
    ['{"a":"x\ty"}', 'json/control-character', 1, 6],
    ['{"a":"\ud800"}', 'json/lone-surrogate', 1, 7],
    [`${'['.repeat(5_000)}`, 'json/too-deep', 1, 201],
  ])('%j', (text, code, line, column) => {
    expect(first(text)).toMatchObject({ severity: 'error', code, line, column })
    expect(parseDocument(text, '28.0.0').members).toBeUndefined()
    expect(() => edit(text, { debug: true })).toThrowError(
      expect.objectContaining({ code: 'config/invalid' }),
    )
  })
})

it('counts an escaped half of a character as any other text', () => {
  expect(parseDocument('{"a":"\\ud800"}', '28.0.0').problems).toEqual([])
})

describe('generations differ', () => {
  it.each(['', ' \n', '\uFEFF', '\uFEFF{}'])('%j: refused by 20.10, accepted from 23.0 on', (text) => {
    expect(first(text, '20.10.24')?.severity).toBe('error')
    expect(parseDocument(text, '23.0.0').members).toEqual([])
  })
  it('20.10 ignores what follows the object', () => {
    expect(first('{"a":1} {"b":2}', '20.10.24')).toMatchObject({
      severity: 'warning',
      code: 'json/trailing-ignored',
    })
    expect(parseDocument('{} xyz', '20.10.24').members).toEqual([])
  })
})

it('takes the last of two equal keys and says where both are', () => {
  const document = parseDocument('{\n "a": 1,\n "a": 2\n}', '28.0.0')
  expect(document.problems).toMatchObject([
    {
      severity: 'warning',
      code: 'json/duplicate-key',
      key: 'a',
      line: 3,
      column: 2,
      detail: { firstLine: '2' },
    },
  ])
  expect(effectiveMembers(document).get('a')?.value).toBe(2)
})

it('keeps keys that objects treat specially', () => {
  const document = parseDocument('{"__proto__": 1, "constructor": 2}', '28.0.0')
  expect(document.members?.map((each) => each.key)).toEqual(['__proto__', 'constructor'])
})

describe('edit keeps the text as it is written', () => {
  it('order, indentation, unknown keys and number spelling', () => {
    const text = '{\n\t"zebra": 1.0,\n\t"debug": false,\n\t"a":   [1,2]\n}\n'
    expect(edit(text, { debug: true })).toBe(text.replace('false', 'true'))
    expect(edit(text, {}, ['zebra'])).toBe('{\n\t"debug": false,\n\t"a":   [1,2]\n}\n')
    expect(edit(text, { labels: ['x=1'] })).toBe(
      '{\n\t"zebra": 1.0,\n\t"debug": false,\n\t"a":   [1,2],\n\t"labels": [\n\t\t"x=1"\n\t]\n}\n',
    )
  })
  it('line ends and a missing final newline', () => {
    expect(edit('{\r\n    "a": 1\r\n}', { b: 2 })).toBe('{\r\n    "a": 1,\r\n    "b": 2\r\n}')
  })
  it('a file on one line stays on one line', () => {
    expect(edit('{"a":1}', { log: { b: [1] } })).toBe('{"a":1, "log": {"b":[1]}}')
    expect(edit('{"a":1}', { a: [2, 3] })).toBe('{"a":[2,3]}')
  })
  it('empty text and null count as {}', () => {
    for (const text of ['', ' \n ', '{}', 'null'])
      expect(edit(text, { debug: true }).trimEnd()).toBe('{\n  "debug": true\n}')
    expect(edit('', { debug: true })).toMatch(/\n$/)
  })
  it('sets a doubled key where it counts and removes it wholly', () => {
    const text = '{"debug":true,"x":1,"debug":false}'
    expect(edit(text, { debug: true })).toBe('{"debug":true,"x":1,"debug":true}')
    expect(JSON.parse(edit(text, {}, ['debug']))).toEqual({ x: 1 })
  })
  it('removing a key that is not there changes nothing', () => {
    expect(edit('{ "a" : 1 }', {}, ['b', 'constructor'])).toBe('{ "a" : 1 }')
  })
  it('refuses text that stands for lost bytes', () => {
    expect(() => edit('{"a":"\uFFFD"}', { b: 1 })).toThrowError(
      expect.objectContaining({ code: 'config/invalid' }),
    )
  })
  it('refuses a byte order mark, wherever the engine stands', () => {
    expect(() => edit('\uFEFF{}', { b: 1 })).toThrowError(expect.objectContaining({ code: 'config/invalid' }))
  })
})
