import { spawn, type ChildProcess } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { startOf, type DaemonProcess } from '../../electron/helper/daemon'
import { dumpStacks } from '../../electron/helper/dump'
import { verbs } from '../../electron/helper/verbs'
import { until } from '../support/until'

const never = new AbortController().signal
const NAME = 'goroutine-stacks-2026-01-31T120000Z.log'

/** A STAND-IN for dockerd: a shell that does what it is told when SIGUSR1 comes. */
async function standIn(folder: string, atSignal: string): Promise<DaemonProcess> {
  const child: ChildProcess = spawn(
    'sh',
    ['-c', `cd "$1"; trap '${atSignal}' USR1; : > ready; while :; do sleep 0.05; done`, 'sh', folder],
    { stdio: 'ignore' },
  )
  onTestFinished(() => void child.kill('SIGKILL'))
  const pid = child.pid ?? 0
  await until('the stand-in', () => existsSync(join(folder, 'ready')))
  return { pid, uid: 0, startTicks: startOf(pid) ?? '', argv: ['dockerd'] }
}

describe.runIf(process.geteuid?.() === 0)('a dump by signal', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'porthole-dump-'))
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  })

  it('reads the file that the signal made, and none that was there before', async () => {
    writeFileSync(join(folder, 'goroutine-stacks-2020-01-01T000000Z.log'), 'old')
    const daemon = await standIn(folder, `echo fresh > ${NAME}`)
    const { path, gzip, truncated } = await dumpStacks(daemon, folder, never)
    expect({ path, truncated }).toEqual({ path: join(folder, NAME), truncated: false })
    expect(gunzipSync(Buffer.from(gzip, 'base64')).toString()).toBe('fresh\n')
  })

  it('waits for a second dump to have a name of its own', async () => {
    const daemon = await standIn(folder, 'echo fresh > goroutine-stacks-$(date -u +%Y-%m-%dT%H%M%SZ).log')
    const first = await dumpStacks(daemon, folder, never)
    const second = await dumpStacks(daemon, folder, never)
    expect(second.path).not.toBe(first.path)
  })

  it('follows no link in the place of the file', async () => {
    const daemon = await standIn(folder, `ln -s /etc/shadow ${NAME}`)
    await expect(dumpStacks(daemon, folder, never)).rejects.toMatchObject({ code: 'config/symlink' })
  })

  it('signals no process that came to have the number later', async () => {
    const daemon = await standIn(folder, `echo fresh > ${NAME}`)
    await expect(
      dumpStacks({ ...daemon, startTicks: `${daemon.startTicks}1` }, folder, never),
    ).rejects.toMatchObject({ code: 'runtime/no-dump' })
  })

  it('is refused where others than root may write, before anybody is signalled', async () => {
    chmodSync(folder, 0o777)
    const nobody: DaemonProcess = {
      pid: process.pid,
      uid: 0,
      startTicks: startOf(process.pid) ?? '',
      argv: [],
    }
    await expect(dumpStacks(nobody, folder, never)).rejects.toMatchObject({ code: 'helper/path-refused' })
    await expect(dumpStacks(nobody, join(folder, 'none'), never)).rejects.toMatchObject({
      code: 'helper/path-refused',
    })
    await expect(dumpStacks(nobody, 'relative', never)).rejects.toMatchObject({ code: 'helper/path-refused' })
  })

  it('resolves an exec-root that is a link and takes it by what it leads to', async () => {
    const link = `${folder}-link`
    symlinkSync(folder, link)
    onTestFinished(() => rmSync(link, { force: true }))
    chmodSync(folder, 0o777)
    const nobody: DaemonProcess = {
      pid: process.pid,
      uid: 0,
      startTicks: startOf(process.pid) ?? '',
      argv: [],
    }
    await expect(dumpStacks(nobody, link, never)).rejects.toMatchObject({ code: 'helper/path-refused' })
  })
})

describe('the verb', () => {
  const verb = verbs.find(({ name }) => name === 'dump')
  it.each([{}, { pid: 1 }, { pid: '7' }, { pid: 7.5 }, { pid: -7 }, { pid: 7, path: '/etc' }, null, []])(
    'refuses %j',
    (input) => {
      expect(() => verb?.parse(input)).toThrow()
    },
  )

  it('signals no process that is no dockerd of root’s', () => {
    const context = { emit: () => undefined, signal: never, caller: { uid: 1_000, gid: 1_000 } }
    expect(() => verb?.run({ pid: process.pid }, context)).toThrow(/no dockerd that root runs/)
  })
})
