import { spawn } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { readEntry } from '../../../../electron/services/daemon-log/journal'
import { discover, type Surroundings } from '../../../../electron/services/daemon-log/sources'

let root: string

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'porthole-sources-'))
  mkdirSync(join(root, 'var/log/upstart'), { recursive: true })
  mkdirSync(join(root, 'bin'))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
})

/** A journalctl that answers as the real one does; systemd's units cannot be had in a test. */
function journalctl(script: string): NodeJS.ProcessEnv {
  writeFileSync(join(root, 'bin/journalctl'), `#!/bin/sh\n${script}\n`)
  chmodSync(join(root, 'bin/journalctl'), 0o755)
  return { PATH: `${join(root, 'bin')}:/usr/bin:/bin` }
}
const ENTRY = `echo '{"MESSAGE":"x","__CURSOR":"c"}'`
const look = (around: Partial<Surroundings>) =>
  discover({ elsewhere: false, uid: 0, env: { PATH: '/nowhere' }, root, ...around })
const short = async (around: Partial<Surroundings>) => {
  const { found, looked } = await look(around)
  return {
    used: found?.source.name,
    looked: looked.map(({ source, found: what }) => `${source.name.replace(root, '')} ${what}`),
  }
}
const daemon = { pid: process.pid, uid: 0, argv: ['dockerd'], startedAt: 0 }

describe('where the log is looked for', () => {
  it('takes the file a person named, there or not', async () => {
    const file = join(root, 'my.log')
    const found = await look({ daemonLog: file, sandboxLog: '/elsewhere', env: journalctl(ENTRY) })
    expect(found).toMatchObject({ named: true, found: { reader: 'file', path: file } })
    expect(found.looked).toEqual([{ source: { kind: 'file', name: file }, found: 'absent' }])
  })

  it("takes the sandbox's log while its daemon is in use, and no longer", async () => {
    const sandboxLog = join(root, 'sandbox/dockerd.log')
    const argv = ['dockerd', '--config-file', join(root, 'sandbox/daemon.json')]
    expect((await look({ sandboxLog, process: { ...daemon, argv } })).found?.source.kind).toBe('sandbox')
    expect((await look({ sandboxLog })).found?.source.kind).toBe('sandbox')
    expect((await look({ sandboxLog, process: daemon })).looked[0]?.found).toBe('other')
  })

  it("asks the journal for the unit of dockerd's process", async () => {
    const env = journalctl(`echo "$@" > ${root}/args; ${ENTRY}`)
    const unit = { name: 'my-docker.service', user: false }
    expect(await look({ env, process: { ...daemon, unit } })).toMatchObject({
      found: { source: { kind: 'journal', name: 'my-docker.service' }, match: ['--unit=my-docker.service'] },
    })
    const user = { name: 'docker.service', user: true }
    expect((await look({ env, process: { ...daemon, unit: user } })).found).toMatchObject({
      source: { kind: 'user-journal' },
      match: ['--user', '--user-unit=docker.service'],
    })
    // Root looks at a rootless daemon: the journal of that user is no journal of root's.
    expect((await look({ env, process: { ...daemon, uid: 1000, unit: user } })).found).toMatchObject({
      match: ['_SYSTEMD_USER_UNIT=docker.service', '_UID=1000'],
    })
  })

  it('tries the usual units while the daemon is down', async () => {
    const env = journalctl(`case "$*" in *snap.docker*) ${ENTRY};; *) echo '-- No entries --';; esac`)
    expect(await short({ env })).toEqual({
      used: 'snap.docker.dockerd.service',
      looked: ['docker.service empty', 'snap.docker.dockerd.service used'],
    })
  })

  it('tells denied from empty', async () => {
    const denied = 'No journal files were opened due to insufficient permissions.'
    const env = journalctl(`echo '${denied}' >&2; exit 1`)
    expect((await short({ env })).looked.slice(0, 2)).toEqual([
      'docker.service denied',
      'snap.docker.dockerd.service denied',
    ])
  })

  it('goes on to the files of older service managers', async () => {
    writeFileSync(join(root, 'var/log/upstart/docker.log'), 'x\n')
    expect(await short({})).toEqual({
      used: join(root, 'var/log/upstart/docker.log'),
      looked: [
        'docker.service absent',
        'snap.docker.dockerd.service absent',
        '/var/log/docker.log absent',
        '/var/log/upstart/docker.log used',
      ],
    })
  })

  it('follows standard error of a plain process, past the log of another', async () => {
    writeFileSync(join(root, 'var/log/docker.log'), 'of last year\n')
    const file = join(root, 'own.log')
    const child = spawn('sleep', ['1000'], { stdio: ['ignore', 'ignore', openSync(file, 'a')] })
    onTestFinished(() => void child.kill())
    const process = { ...daemon, pid: child.pid ?? 0 }
    expect(await short({ process, env: journalctl(ENTRY) })).toEqual({
      used: file,
      looked: [
        'docker.service other',
        'snap.docker.dockerd.service other',
        '/var/log/docker.log other',
        '/var/log/upstart/docker.log other',
        '/own.log used',
      ],
    })
  })

  it('asks for the process where standard error is a socket without a unit', async () => {
    const child = spawn('sh', ['-c', 'sleep 1000 & wait'], { stdio: ['ignore', 'ignore', 'pipe'] })
    onTestFinished(() => void child.kill())
    // Node's pipes are sockets, as the journal's are.
    const process = { ...daemon, pid: child.pid ?? 0 }
    expect((await look({ process, env: journalctl(ENTRY) })).found).toMatchObject({
      match: [`_PID=${child.pid}`],
    })
  })

  it('finds nothing here of a daemon that is elsewhere', async () => {
    writeFileSync(join(root, 'var/log/docker.log'), 'of another daemon\n')
    const { used, looked } = await short({ elsewhere: true, env: journalctl(ENTRY) })
    expect(used).toBeUndefined()
    expect(looked.every((line) => line.endsWith(' other'))).toBe(true)
  })
})

describe('an entry of the journal', () => {
  it.each([
    ['text', '"level=info msg=x"', 'level=info msg=x'],
    ['bytes', '[98,97,100,255]', 'bad\ufffd'],
    ['a field that is there twice', '["a","b"]', 'a\nb'],
    ['bytes twice', '[[97],[98]]', 'a\nb'],
  ])('%s', (_name, message, expected) => {
    const text = `{"MESSAGE":${message},"__REALTIME_TIMESTAMP":"1795486936593313","__CURSOR":"s=1;i=2"}`
    expect(readEntry(text)).toEqual({
      message: expected,
      cursor: 's=1;i=2',
      at: 1795486936593,
      micros: '1795486936593313',
    })
  })

  it.each(['', 'nope', '[]', 'null', '{}', '{"MESSAGE":null}', '{"MESSAGE":{}}'])('%s is none', (text) => {
    expect(readEntry(text)).toBeUndefined()
  })
})
