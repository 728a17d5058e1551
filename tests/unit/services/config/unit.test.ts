import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { machine } from '../../../../electron/helper/manager'
import { parseDocument } from '../../../../electron/services/config/document'
import { effectiveOptions } from '../../../../electron/services/config/effective'
import { parseFlags } from '../../../../electron/services/config/flags'
import { readUnit } from '../../../../electron/services/config/in-force/gather'
import { optionsFrom } from '../../../../electron/services/config/in-force/environment'
import {
  fileOfFlag,
  isDropIn,
  parseEnvironmentFile,
  parseUnit,
} from '../../../../electron/services/config/in-force/unit'

/** `systemctl cat docker.service` as systemd 252 prints it: Debian's unit and two drop-ins. */
const CAT = `# /lib/systemd/system/docker.service
[Unit]
Description=Docker Application Container Engine
Requires=docker.socket

[Service]
Type=notify
EnvironmentFile=-/etc/default/docker
ExecStart=/usr/sbin/dockerd -H fd:// --containerd=/run/containerd/containerd.sock $DOCKER_OPTS
ExecReload=/bin/kill -s HUP $MAINPID

[Install]
WantedBy=multi-user.target

# /etc/systemd/system/docker.service.d/10-proxy.conf
[Service]
Environment="HTTP_PROXY=http://me:secret@proxy:3128" NO_PROXY=localhost,.lan
Environment='TITLE=two words'

# /etc/systemd/system/docker.service.d/override.conf
# A comment of the administrator.
[Service]
ExecStart=
ExecStart=/usr/sbin/dockerd --containerd=/run/containerd/containerd.sock \\
  --log-level warn \\
  --label site=berlin $DOCKER_OPTS
`

const DROP_IN = '/etc/systemd/system/docker.service.d/override.conf'

describe('a unit and its drop-ins', () => {
  const unit = parseUnit(CAT)
  unit.variables.push(
    ...parseEnvironmentFile('# options\nDOCKER_OPTS="--mtu=1400 -D"\n', '/etc/default/docker'),
  )

  it('takes the last command, its variables and its files', () => {
    expect(unit.exec).toEqual({
      path: DROP_IN,
      command:
        '/usr/sbin/dockerd --containerd=/run/containerd/containerd.sock  --log-level warn  --label site=berlin $DOCKER_OPTS',
    })
    expect(unit.environmentFiles).toEqual(['/etc/default/docker'])
    expect(unit.variables.map(({ name, value }) => `${name}=${value}`)).toEqual([
      'HTTP_PROXY=http://me:secret@proxy:3128',
      'NO_PROXY=localhost,.lan',
      'TITLE=two words',
      'DOCKER_OPTS=--mtu=1400 -D',
    ])
  })

  it('says in which file a flag stands', () => {
    expect(fileOfFlag({ flag: '--log-level', value: 'warn' }, unit)).toEqual({ path: DROP_IN })
    expect(fileOfFlag({ flag: '--label', value: 'site=berlin' }, unit)).toEqual({ path: DROP_IN })
    expect(fileOfFlag({ flag: '--mtu', value: '1400' }, unit)).toEqual({
      path: '/etc/default/docker',
      variable: 'DOCKER_OPTS',
    })
    expect(fileOfFlag({ flag: '-D', value: 'true' }, unit)).toMatchObject({ variable: 'DOCKER_OPTS' })
    // Of a unit that was changed after the start.
    expect(fileOfFlag({ flag: '--log-level', value: 'error' }, unit)).toBeUndefined()
    expect(fileOfFlag({ flag: '--mtu', value: '1400' }, { variables: [] })).toBeUndefined()
  })

  it('tells a drop-in from a unit', () => {
    expect(isDropIn(DROP_IN)).toBe(true)
    expect(isDropIn('/run/systemd/system.control/docker.service.d/50-x.conf')).toBe(true)
    expect(isDropIn('/lib/systemd/system/docker.service')).toBe(false)
  })

  it('forgets variables and files that a later drop-in clears', () => {
    const cleared = parseUnit(
      `${CAT}\n# /etc/systemd/system/docker.service.d/z.conf\n[Service]\nEnvironment=\nEnvironmentFile=\n`,
    )
    expect(cleared.variables).toEqual([])
    expect(cleared.environmentFiles).toEqual([])
  })

  it('is where the flags and variables in force come from', () => {
    const argv = [
      'dockerd',
      '--containerd=/run/containerd/containerd.sock',
      '--log-level',
      'warn',
      '--label',
      'site=berlin',
      '--mtu=1400',
      '-D',
    ]
    const all = effectiveOptions({
      document: parseDocument('{}', '28.5.2'),
      flags: parseFlags(argv, '28.5.2'),
      version: '28.5.2',
      unit,
      environment: optionsFrom(new Map(unit.variables.map(({ name, value }) => [name, value]))),
    })
    const of = (key: string) => all.find((each) => each.key === key)
    expect(of('log-level')).toEqual({
      key: 'log-level',
      value: 'warn',
      source: 'drop-in',
      from: { flag: '--log-level warn', path: DROP_IN },
    })
    expect(of('mtu')).toMatchObject({
      value: 1400,
      source: 'flag',
      from: { path: '/etc/default/docker', variable: 'DOCKER_OPTS' },
    })
    expect(of('http-proxy')).toMatchObject({
      value: 'http://*****@proxy:3128',
      source: 'environment',
      from: { variable: 'HTTP_PROXY', path: '/etc/systemd/system/docker.service.d/10-proxy.conf' },
    })
  })
})

describe('reading a unit', () => {
  const original = machine.systemctl
  let dir: string | undefined
  afterEach(() => {
    machine.systemctl = original
    if (dir !== undefined) rmSync(dir, { recursive: true, force: true })
  })
  /** A systemctl that gives the recorded answer; this machine has none. */
  const standIn = (script: string): void => {
    dir = mkdtempSync(join(tmpdir(), 'porthole-unit-'))
    machine.systemctl = join(dir, 'systemctl')
    writeFileSync(machine.systemctl, `#!/bin/sh\n${script}\n`, { mode: 0o755 })
  }

  it('asks systemctl, and reads the environment files it names', async () => {
    standIn('[ "$*" = "--no-pager --no-ask-password cat -- docker.service" ] && cat "$0.answer"')
    const options = join(dir ?? '', 'default')
    writeFileSync(options, 'DOCKER_OPTS=--mtu=1400\n')
    writeFileSync(`${machine.systemctl}.answer`, CAT.replace('/etc/default/docker', options))
    const unit = await readUnit({ name: 'docker.service', user: false })
    expect(unit?.exec?.path).toBe(DROP_IN)
    expect(unit?.variables.at(-1)).toEqual({ name: 'DOCKER_OPTS', value: '--mtu=1400', path: options })
  })

  it('does without where systemctl has no answer', async () => {
    standIn('echo "No files found for docker.service." >&2; exit 1')
    expect(await readUnit({ name: 'docker.service', user: false })).toBeUndefined()
  })
})
