import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { createDaemonLogService } from '../../electron/services/daemon-log'
import { createEngineService } from '../../electron/services/engine'
import type { LogLine } from '../../electron/services/daemon-log'
import { hasJournald, Journald } from '../support/journald'
import { until } from '../support/until'

/**
 * A real journald and a real journalctl. There is no systemd here, so no entry has a unit: the
 * match for the unit is replaced by an identifier, everything else is as on a host.
 */
describe.skipIf(!hasJournald)('the journal', () => {
  let journald: Journald
  let count = 0
  beforeAll(async () => {
    journald = await Journald.start()
  })
  afterAll(() => journald.stop())

  const line = (message: string) => `level=info msg="${message}"\n`
  /** A service of an identifier of its own, so that the tests do not read each other's lines. */
  function open(env: NodeJS.ProcessEnv = process.env) {
    const options = { endpoint: 'unix:///nowhere/docker.sock', env, log: () => undefined }
    const engine = createEngineService(options)
    const service = createDaemonLogService({ engine, options, journalMatch: journald.match, lingerMs: 0 })
    onTestFinished(async () => {
      await service.dispose()
      await engine.dispose()
    })
    const mark = `mark-${(count += 1)}`
    const read = () => {
      const abort = new AbortController()
      const items: LogLine[] = []
      const done = (async () => {
        for await (const item of service.watch({ text: mark }, abort.signal)) items.push(item)
      })()
      return {
        items,
        messages: () => items.map(({ message }) => message.replace(`${mark} `, '')),
        stop: async () => {
          abort.abort()
          await done
        },
      }
    }
    return { service, mark, read, say: (what: string) => journald.write(line(`${mark} ${what}`)) }
  }

  it('gives what was there and what comes, with its time', async () => {
    const before = Date.now()
    const { read, say } = open()
    await say('one')
    const log = read()
    await until('what was there', () => log.items.length === 1)
    await say('two')
    await until('what came', () => log.items.length === 2)
    expect(log.messages()).toEqual(['one', 'two'])
    expect(log.items[0]).toMatchObject({ level: 'info', source: 'docker.service' })
    expect(Date.parse(log.items[0]?.time ?? '')).toBeGreaterThanOrEqual(before - 1_000)
    expect(Date.parse(log.items[0]?.time ?? '')).toBeLessThanOrEqual(Date.now())
    await log.stop()
  })

  it('takes bytes that are no UTF-8, and lines journalctl would leave out', async () => {
    const { read, mark } = open()
    await journald.write(
      Buffer.concat([Buffer.from(`${mark} bad `), Buffer.from([0xff, 0xfe]), Buffer.from('\n')]),
    )
    await journald.write(line(`${mark} ${'x'.repeat(8_000)}`))
    const log = read()
    await until('both', () => log.items.length === 2)
    expect(log.items[0]?.raw).toBe(`${mark} bad \ufffd\ufffd`)
    expect(log.items[1]?.message).toHaveLength(mark.length + 1 + 8_000)
    await log.stop()
  })

  it('is taken up again at the cursor when journalctl dies: no gap, nothing twice', async () => {
    const { read, say } = open()
    await say('one')
    const log = read()
    await until('what was there', () => log.items.length === 1)
    for (const next of ['two', 'three', 'four']) {
      const pid = await until('journalctl to follow', () => followers()[0])
      process.kill(pid, 'SIGKILL')
      await until('it to be gone', () => !followers().includes(pid))
      await say(next)
    }
    await until('all of it', () => log.items.length >= 4)
    await say('five')
    await until('the last', () => log.items.length >= 5)
    expect(log.messages()).toEqual(['one', 'two', 'three', 'four', 'five'])
    await log.stop()
  })

  it('is left alone when nobody reads, and gone on with where it was', async () => {
    const { read, say } = open()
    await say('one')
    const first = read()
    await until('what was there', () => first.items.length === 1)
    await until('journalctl to follow', () => followers().length === 1)
    await first.stop()
    await until('journalctl to be gone', () => followers().length === 0)
    await say('two')
    const second = read()
    await until('both', () => second.items.length === 2)
    expect(second.messages()).toEqual(['one', 'two'])
    expect(second.items.map(({ seq }) => seq)).toEqual([first.items[0]?.seq, (second.items[0]?.seq ?? 0) + 1])
    await second.stop()
  })

  it('ends its child with the service', async () => {
    const { read, say, service } = open()
    await say('one')
    const log = read()
    await until('journalctl to follow', () => followers().length === 1)
    await service.dispose()
    expect(followers()).toEqual([])
    await log.stop()
  })

  it('names the groups to a user who may not read it', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'porthole-journal-'))
    onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
    // The real journalctl, with the right of an ordinary user.
    const nobody = '/usr/bin/setpriv --reuid 65534 --regid 65534 --clear-groups'
    const script = `#!/bin/sh\nexec ${nobody} /usr/bin/journalctl "$@"\n`
    writeFileSync(join(dir, 'journalctl'), script)
    chmodSync(join(dir, 'journalctl'), 0o755)
    chmodSync(dir, 0o755)
    const { service } = open({ ...process.env, PATH: `${dir}:/usr/bin:/bin` })
    await expect(async () => {
      for await (const _ of service.watch({}, new AbortController().signal)) break
    }).rejects.toMatchObject({
      code: 'log/denied',
      hint: expect.stringContaining('systemd-journal'),
      detail: { group: 'systemd-journal' },
    })
    const link = service.watchLink(new AbortController().signal)[Symbol.asyncIterator]()
    const { value } = await link.next()
    expect(value).toMatchObject({
      state: 'denied',
      looked: expect.arrayContaining([expect.objectContaining({ found: 'denied' })]),
    })
    await link.return?.()
  })

  /** journalctl processes of this test that follow. */
  function followers(): number[] {
    return readdirSync('/proc').flatMap((entry) => {
      if (!/^\d+$/.test(entry)) return []
      try {
        const argv = readFileSync(`/proc/${entry}/cmdline`, 'utf8').split('\0')
        const mine = argv.includes('--follow') && journald.match.every((part) => argv.includes(part))
        return mine && !/^\d+ \(.*\) Z/s.test(readFileSync(`/proc/${entry}/stat`, 'utf8'))
          ? [Number(entry)]
          : []
      } catch {
        return []
      }
    })
  }
})
