import { describe, expect, it } from 'vitest'
import { EngineLines } from '../../../../electron/services/image-actions/engine-lines'

const read = (...pieces: string[]) => {
  const lines = new EngineLines()
  return [...pieces.flatMap((piece) => lines.push(Buffer.from(piece))), ...lines.end()]
}

describe('the engine’s lines of progress', () => {
  it('are taken wherever they are cut', () => {
    const text =
      '{"status":"Loading layer","id":"abc"}\r\n{"stream":"Loaded image: web:1\\n"}\n{"stream":"Loaded image ID: sha256:12\\n"}'
    const whole = read(text)
    expect(whole).toEqual([
      { said: 'abc: Loading layer' },
      { said: 'Loaded image: web:1', image: 'web:1' },
      { said: 'Loaded image ID: sha256:12', image: 'sha256:12' },
    ])
    for (let at = 1; at < text.length; at += 1) expect(read(text.slice(0, at), text.slice(at))).toEqual(whole)
  })

  it('tell why something failed, in either spelling', () => {
    expect(
      read('{"errorDetail":{"message":"no"},"error":"no"}\n{"errorDetail":{"message":"never"}}\n'),
    ).toEqual([{ error: 'no' }, { error: 'never' }])
  })

  it('tell the id of an import', () => {
    const id = `sha256:${'a'.repeat(64)}`
    expect(read(JSON.stringify({ status: id }))).toEqual([{ said: id, image: id }])
  })

  it('are left out where they are no such line or too long, and the next one counts', () => {
    const long = `{"stream":"${'x'.repeat(100_000)}"}`
    expect(read('nonsense\n[]\nnull\n5\n{}\n{"status":7}\n', long, '\n{"status":"ok"}\n')).toEqual([
      { said: 'ok' },
    ])
  })

  it('hold no more than one line, however long one without an end is', () => {
    const lines = new EngineLines()
    const before = process.memoryUsage().arrayBuffers
    for (let count = 0; count < 1_000; count += 1) expect(lines.push(Buffer.alloc(100_000, 'x'))).toEqual([])
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(120_000_000)
    expect(lines.push(Buffer.from('\n{"status":"ok"}\n'))).toEqual([{ said: 'ok' }])
  })

  it('cannot steer a terminal', () => {
    const [line] = read(JSON.stringify({ stream: 'Loaded image: a\u001b]0;x\u0007\u202eb' }))
    expect(line).toEqual({
      said: 'Loaded image: a\ufffd]0;x\ufffd\ufffdb',
      image: 'a\ufffd]0;x\ufffd\ufffdb',
    })
  })
})
