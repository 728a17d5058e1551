import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Readable } from 'node:stream'

/**
 * Gives this process a display where it has none: starts Xvfb on a free number and sets DISPLAY.
 * Returns what stops it. Throws when Xvfb is not installed.
 */
export async function startDisplay(): Promise<() => Promise<void>> {
  if (process.env['DISPLAY'] || process.env['WAYLAND_DISPLAY']) return () => Promise.resolve()
  const child = spawn(
    'Xvfb',
    ['-displayfd', '3', '-screen', '0', '1600x1200x24', '-nolisten', 'tcp', '-noreset'],
    { stdio: ['ignore', 'ignore', 'ignore', 'pipe'] },
  )
  const number = child.stdio[3] as Readable
  const display = await new Promise<string>((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code) => reject(new Error(`Xvfb ended with ${code}`)))
    number.setEncoding('utf8').once('data', (text: string) => resolve(`:${text.trim()}`))
  })
  process.env['DISPLAY'] = display
  return async () => {
    delete process.env['DISPLAY']
    if (child.exitCode !== null || child.signalCode !== null) return
    const gone = once(child, 'exit')
    child.kill()
    await gone
  }
}
