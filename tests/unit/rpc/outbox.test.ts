import { describe, expect, test } from 'vitest'
import { Outbox } from '../../../electron/rpc/outbox'

const numbers = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i)

describe('an outbox that drops the oldest', () => {
  test('keeps the newest in order and counts what it lost', () => {
    const box = new Outbox<number>('drop-oldest', 5)
    for (const n of numbers(1, 12)) box.push(n)
    expect(box.take(3)).toEqual({ items: [8, 9, 10], dropped: 7 })
    expect(box.take(9)).toEqual({ items: [11, 12], dropped: 0 })
    expect(box.size).toBe(0)
  })

  test('stays in order while it wraps and grows', () => {
    const box = new Outbox<number>('drop-oldest', 1_000)
    const seen: number[] = []
    let next = 1
    for (let round = 1; round <= 60; round += 1) {
      for (let i = 0; i < round; i += 1) box.push(next++)
      seen.push(...box.take(Math.max(0, round - 5)).items)
    }
    seen.push(...box.take(10_000).items)
    expect(seen).toEqual(numbers(1, next - 1))
  })

  test('never holds more than its limit', () => {
    const box = new Outbox<number>('drop-oldest', 100)
    for (const n of numbers(1, 100_000)) box.push(n)
    expect(box.size).toBe(100)
    expect(box.take(1)).toEqual({ items: [99_901], dropped: 99_900 })
  })
})

describe('an outbox of the latest', () => {
  test('holds one item and calls nothing a loss', () => {
    const box = new Outbox<number>('latest', 50)
    for (const n of numbers(1, 10)) box.push(n)
    expect(box.take(10)).toEqual({ items: [10], dropped: 0 })
  })
})

describe('an outbox that blocks', () => {
  test('lets its producer wait until something is taken', async () => {
    const box = new Outbox<number>('block', 2)
    box.push(1)
    expect(box.room()).toBeUndefined()
    box.push(2)
    expect(box.full).toBe(true)
    const room = box.room()
    expect(room).toBeInstanceOf(Promise)
    expect(box.take(1).items).toEqual([1])
    await room
    expect(box.room()).toBeUndefined()
  })

  test('lets every waiting producer go when it is released', async () => {
    const box = new Outbox<number>('block', 1)
    box.push(1)
    const waiting = [box.room(), box.room()]
    box.release()
    await Promise.all(waiting)
  })

  test('takes nothing from an empty queue', () => {
    const box = new Outbox<number>('block', 1)
    expect(box.take(10)).toEqual({ items: [], dropped: 0 })
  })
})
