import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readWindowState, writeWindowState } from '../../../electron/main/window-state'

let dir: string
beforeAll(() => (dir = mkdtempSync(join(tmpdir(), 'porthole-'))))
afterAll(() => rmSync(dir, { recursive: true }))

const screens = [{ x: 0, y: 0, width: 1920, height: 1080 }]
const first = { width: 1280, height: 820, maximized: false }

test('the window comes back where it was', () => {
  const file = join(dir, 'new', 'window.json')
  const state = { x: 30, y: 40, width: 1000, height: 700, maximized: true }
  expect(readWindowState(file, screens)).toEqual(first)
  writeWindowState(file, state)
  expect(readWindowState(file, screens)).toEqual(state)
})

test('it is placed anew when its screen is gone, and never too small', () => {
  const file = join(dir, 'window.json')
  writeWindowState(file, { x: 4000, y: 10, width: 10, height: 10, maximized: false })
  expect(readWindowState(file, screens)).toEqual({ width: 900, height: 560, maximized: false })
})

test.each(['', 'null', '[]', '{"width":"wide"}', '{"width":1e400,"height":5}'])(
  '%j is as good as nothing',
  (text) => {
    const file = join(dir, 'odd.json')
    writeFileSync(file, text)
    expect(readWindowState(file, screens)).toEqual(first)
  },
)
