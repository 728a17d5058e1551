import { spawn, type ChildProcess } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { createPrivileged, type Privileged } from '../../electron/services/privileged'
import { imageServicesFor, NOBODY } from '../support/image-services'
import { generations, Lab, newest } from '../support/lab'
import { until } from '../support/until'

const { signal } = new AbortController()

/** FAKE: a Porthole whose own view has no right beside that of its helper. */
function withHelper(): Partial<Privileged> {
  const real = createPrivileged({ env: process.env, log: () => undefined })
  onTestFinished(() => real.dispose())
  return { isRoot: false, open: true, available: () => true, run: (...args) => real.run(...args) }
}

describe.each(generations)(
  'a dockerd with mounts of its own, as PrivateMounts makes it (%s)',
  (generation) => {
    let lab: Lab
    let daemon: ChildProcess
    beforeAll(async () => {
      lab = Lab.prepare({ generation })
      const [program = '', ...args] = lab.command
      daemon = spawn('unshare', ['--mount', '--propagation', 'private', program, ...args], {
        stdio: 'ignore',
        env: lab.env,
      })
      await until('dockerd to answer', async () => (await lab.get('/_ping')).status === 200)
      lab.importBusybox('busybox:lab')
      lab.docker('run', '-d', '--network', 'none', '--name', 'apart', 'busybox:lab', '/bin/sleep', '600')
    })
    afterAll(async () => {
      lab.docker('rm', '-f', 'apart')
      daemon.kill()
      await until('dockerd to end', () => daemon.exitCode !== null || daemon.signalCode !== null)
      await lab.stop()
    })

    it('shows what it has mounted, though nobody else has', async () => {
      expect(readFileSync('/proc/self/mountinfo', 'utf8')).not.toContain(`${lab.dataRoot}/overlay2`)
      for (const given of [undefined, withHelper()]) {
        const stack = await imageServicesFor(lab, given).containers.mountStack({ container: 'apart' }, signal)
        expect(stack.from).toBe('mount')
        expect(stack.layers.map(({ kind, index }) => [kind, index])).toEqual([
          ['upper', undefined],
          ['init', undefined],
          ['layer', 0],
        ])
        expect(stack.layers[2]?.mountedAs).toContain(`${lab.dataRoot}/overlay2/l/`)
        expect(stack.layers[2]?.directory).toMatch(/\/overlay2\/[0-9a-f]{64}\/diff$/)
      }
    })

    it('has its changes told by the engine', async () => {
      const { containers } = imageServicesFor(lab)
      expect((await containers.changes({ container: 'apart' }, signal)).counts).toEqual({
        added: 0,
        modified: 0,
        removed: 0,
      })
    })
  },
)

describe('a container with a hundred thousand changes', () => {
  it('is told page by page, as it was when the first one was asked for', async () => {
    const lab = await Lab.start({ generation: newest })
    onTestFinished(() => lab.stop())
    lab.importBusybox('busybox:lab')
    const work =
      'busybox mkdir -p /many && cd /many && for i in $(busybox seq 1 100000); do echo > "a-file-with-a-name-of-some-length-$i"; done; echo > /all; sleep 600'
    lab.docker('run', '-d', '--network', 'none', '--name', 'many', 'busybox:lab', '/bin/sh', '-c', work)
    await until('the files', () => lab.docker('exec', 'many', '/bin/ls', '/').includes('all'), {
      timeoutMs: 200_000,
      everyMs: 500,
    })
    const { containers } = imageServicesFor(lab)
    const before = process.memoryUsage.rss()
    const seen = new Set<string>()
    let pages = 0
    for (let after: string | undefined, first = true; first || after !== undefined; first = false) {
      const page = await containers.changes(
        { container: 'many', ...(after === undefined ? {} : { after }) },
        signal,
      )
      expect(page.entries.length).toBeLessThanOrEqual(2_000)
      expect(Buffer.byteLength(JSON.stringify(page))).toBeLessThan(1024 * 1024)
      expect(page.counts.added).toBe(100_002)
      expect(page.bytes).toBe(100_001)
      for (const { path, type } of page.entries) {
        expect(seen.has(path)).toBe(false)
        seen.add(path)
        expect(type).toBeDefined()
      }
      // What comes meanwhile does not move the pages that follow.
      if (first) lab.docker('exec', 'many', '/bin/touch', '/between')
      after = page.next
      pages += 1
    }
    expect(seen.size).toBe(100_002)
    expect(pages).toBe(51)
    expect(process.memoryUsage.rss() - before).toBeLessThan(250_000_000)
    const alone = await imageServicesFor(lab, NOBODY).containers.changes({ container: 'many' }, signal)
    expect(alone.counts.added).toBe(100_003)
    // A hundred thousand files are made and looked at on two busy cores.
  }, 300_000)
})
