import { describe, expect, it } from 'vitest'
import { KeptTrees } from '../../../../electron/services/images/kept-trees'
import { SharedWork } from '../../../../electron/services/images/shared-work'
import { Names } from '../../../../electron/services/images/tree/names'
import { file, opened } from '../../../support/image-tree'

describe('work that several ask for', () => {
  const setUp = () => {
    const shared = new SharedWork<number, string>()
    const runs: {
      tell: (progress: string) => void
      end: (value: number) => void
      fail: (error: Error) => void
      signal: AbortSignal
    }[] = []
    const work = (tell: (progress: string) => void, signal: AbortSignal) =>
      new Promise<number>((end, fail) => {
        runs.push({ tell, end, fail, signal })
      })
    const begun = async () => {
      for (let turn = 0; turn < 3; turn += 1) await Promise.resolve()
    }
    return { shared, runs, work, begun }
  }
  const never = new AbortController().signal

  it('is done once, and all are told how far it is', async () => {
    const { shared, runs, work, begun } = setUp()
    const told: string[] = []
    const one = shared.join('k', work, (progress) => told.push(`one ${progress}`), never)
    await begun()
    runs[0]?.tell('a')
    const other = shared.join('k', work, (progress) => told.push(`other ${progress}`), never)
    runs[0]?.tell('b')
    runs[0]?.end(7)
    expect(await Promise.all([one, other])).toEqual([7, 7])
    expect(runs).toHaveLength(1)
    expect(told).toEqual(['one a', 'other a', 'one b', 'other b'])
  })

  it('is stopped when the last one leaves, and begins anew for who comes then', async () => {
    const { shared, runs, work, begun } = setUp()
    const [first, second] = [new AbortController(), new AbortController()]
    const one = shared.join('k', work, () => undefined, first.signal)
    const other = shared.join('k', work, () => undefined, second.signal)
    await begun()
    first.abort()
    await expect(one).rejects.toMatchObject({ name: 'AbortError' })
    expect(runs[0]?.signal.aborted).toBe(false)
    second.abort()
    await expect(other).rejects.toMatchObject({ name: 'AbortError' })
    expect(runs[0]?.signal.aborted).toBe(true)
    const third = shared.join('k', work, () => undefined, never)
    await begun()
    runs[1]?.end(3)
    expect(await third).toBe(3)
  })

  it('that failed is tried again', async () => {
    const { shared, runs, work, begun } = setUp()
    const one = shared.join('k', work, () => undefined, never)
    await begun()
    runs[0]?.fail(new Error('broken'))
    await expect(one).rejects.toThrow('broken')
    const other = shared.join('k', work, () => undefined, never)
    await begun()
    runs[1]?.end(1)
    expect(await other).toBe(1)
  })
})

describe('trees that are kept', () => {
  const read = (bytes: number) => ({ opened: opened([file('x', bytes)]) })

  it('are the two that were used last', () => {
    const kept = new KeptTrees()
    kept.keep('a', read(1))
    kept.keep('b', read(2))
    kept.get('a')
    kept.keep('c', read(3))
    expect(['a', 'b', 'c'].filter((key) => kept.get(key) !== undefined)).toEqual(['a', 'c'])
  })

  it('go before a large one comes', () => {
    const kept = new KeptTrees()
    kept.keep('a', read(1))
    kept.keep('b', read(2))
    kept.makeRoom(0)
    expect(kept.get('a')).toBeUndefined()
    kept.makeRoom(3_000_000)
    expect(kept.get('b')).toBeUndefined()
  })
})

describe('names', () => {
  it('have one number each, whatever they are', () => {
    const names = new Names()
    const texts = [
      '',
      'a',
      'é',
      '日本',
      '\\xff',
      '\ufffd',
      'a'.repeat(20_000),
      'b'.repeat(70_000),
      'toString',
    ]
    const numbers = texts.map((text) => names.number(text))
    expect(new Set(numbers).size).toBe(texts.length)
    for (const [index, text] of texts.entries()) {
      expect(names.number(text)).toBe(numbers[index])
      expect(names.find(text)).toBe(numbers[index])
      expect(names.text(numbers[index] ?? -1)).toBe(text)
    }
    expect(names.find('none')).toBeUndefined()
  })

  it('are found again among very many', () => {
    const names = new Names()
    const count = 100_000
    const numbers = Array.from({ length: count }, (_, at) => names.number(`name-${at}-of-a-file`))
    expect(numbers.every((number, at) => number === at)).toBe(true)
    expect(names.count).toBe(count)
    for (let at = 0; at < count; at += 9_973) {
      expect(names.find(`name-${at}-of-a-file`)).toBe(at)
      expect(names.text(at)).toBe(`name-${at}-of-a-file`)
    }
  })
})
