import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it, onTestFinished } from 'vitest'
import { findManager, machine } from '../../../electron/helper/manager'
import { isUnitName, parseShow } from '../../../electron/helper/manager/systemctl'
import { SHOWN } from '../../support/recorded/systemctl-show'

const before = { ...machine }
afterEach(() => {
  Object.assign(machine, before)
})

describe('what systemctl shows of a unit', () => {
  const parse = (shown: keyof typeof SHOWN) => parseShow('docker.service', SHOWN[shown])

  it('active', () => {
    expect(parse('active')).toEqual({
      name: 'docker.service',
      loadState: 'loaded',
      activeState: 'active',
      subState: 'running',
      result: 'success',
      restarts: 0,
      mainPid: 812,
      command: ['/usr/bin/dockerd', '-H', 'fd://', '--containerd=/run/containerd/containerd.sock'],
      files: ['/lib/systemd/system/docker.service'],
      sockets: ['docker.socket'],
    })
  })

  it('failed too often', () => {
    expect(parse('startLimitHit')).toMatchObject({
      activeState: 'failed',
      subState: 'failed',
      result: 'start-limit-hit',
      restarts: 3,
      mainPid: undefined,
    })
  })

  it('about to be started again', () => {
    expect(parse('autoRestart')).toMatchObject({
      activeState: 'activating',
      subState: 'auto-restart',
      result: 'exit-code',
      restarts: 1,
    })
  })

  it('stopped, its variables filled in and its drop-ins named', () => {
    expect(parse('inactive')).toMatchObject({
      activeState: 'inactive',
      command: [
        '/usr/sbin/dockerd',
        ...['-H', 'fd://', '--containerd=/run/containerd/containerd.sock'],
        ...['--data-root', '/srv/docker', '--config-file', '/srv/daemon.json', '-D'],
      ],
      files: [
        '/lib/systemd/system/docker.service',
        '/etc/systemd/system/docker.service.d/10-place.conf',
        '/etc/systemd/system/docker.service.d/proxy.conf',
      ],
    })
  })

  it('not there, masked, and a user’s', () => {
    expect(parse('notFound')).toMatchObject({ loadState: 'not-found', command: [], sockets: [] })
    expect(parse('masked')).toMatchObject({ loadState: 'masked', command: [] })
    expect(parse('user')).toMatchObject({
      mainPid: 1804,
      command: ['/usr/bin/dockerd-rootless.sh'],
      sockets: [],
    })
  })

  it('with an environment file, which goes before what the unit says', () => {
    const file = join(mkdtempSync(join(tmpdir(), 'porthole-env-')), 'docker')
    onTestFinished(() => rmSync(join(file, '..'), { recursive: true }))
    writeFileSync(file, '# Options\nDOCKER_OPTS="--debug --mtu 1400"\n')
    const text = `${SHOWN.inactive}EnvironmentFiles=${file} (ignore_errors=yes)\nEnvironmentFiles=/nonexistent (ignore_errors=yes)\n`
    const shown = parseShow('docker.service', text)
    expect(shown.command.slice(-3)).toEqual(['--debug', '--mtu', '1400'])
    expect(shown.files.slice(-1)).toEqual([file])
  })
})

it('takes no option for the name of a unit', () => {
  expect(['docker.service', 'snap.docker.dockerd.service', 'docker@a.socket'].every(isUnitName)).toBe(true)
  expect(['--force.service', 'docker', '../x.service', 'a b.service', ''].some(isUnitName)).toBe(false)
})

// A systemctl that prints one recorded answer for docker.service.
describe('the manager of a dockerd that is down', () => {
  const asked = (shown: keyof typeof SHOWN): void => {
    const folder = mkdtempSync(join(tmpdir(), 'porthole-systemctl-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const answer = (name: string, text: string): string => {
      writeFileSync(join(folder, name), text)
      return `cat '${join(folder, name)}'`
    }
    machine.systemctl = join(folder, 'systemctl')
    machine.hasSystemd = () => true
    machine.runFolder = folder
    const [unit, other] = [answer('unit', SHOWN[shown]), answer('other', SHOWN.notFound)]
    writeFileSync(
      machine.systemctl,
      `#!/bin/sh\ncase "$*" in *" docker.service") ${unit} ;; *) ${other} ;; esac\n`,
    )
    chmodSync(machine.systemctl, 0o755)
  }
  const path = '/etc/docker/daemon.json'
  const socketPath = '/var/run/docker.sock'

  it('is its unit, failed or stopped', async () => {
    asked('startLimitHit')
    const failed = await findManager({ path })
    expect(await failed.state()).toEqual({
      manager: 'systemd',
      unit: 'docker.service',
      activeState: 'failed',
      subState: 'failed',
      result: 'start-limit-hit',
      restarts: 3,
      socketUnit: 'docker.socket',
    })
    expect(await failed.configFile()).toBe(path)
    asked('autoRestart')
    expect(await (await findManager({ path })).state()).toMatchObject({
      subState: 'auto-restart',
      restarts: 1,
    })
  })

  it('is found by its socket where its file lies elsewhere', async () => {
    asked('inactive')
    const manager = await findManager({ path, socketPath })
    expect(manager).toMatchObject({ kind: 'systemd', unit: 'docker.service' })
    expect(await manager.configFile()).toBe('/srv/daemon.json')
    expect(await findManager({ path })).toMatchObject({ kind: 'none' })
    expect(await findManager({ path: '/srv/daemon.json' })).toMatchObject({ kind: 'systemd' })
    expect(await findManager({ path, socketPath: '/tmp/other.sock' })).toMatchObject({ kind: 'none' })
  })

  it('may not start what is masked, and says how to allow it', async () => {
    asked('masked')
    const manager = await findManager({ path })
    expect(manager).toMatchObject({ kind: 'systemd', controllable: false })
    await expect(manager.start(() => undefined)).rejects.toMatchObject({
      code: 'engine/no-manager',
      more: { hint: 'systemctl unmask docker.service' },
    })
  })

  it('is nobody where there is no unit', async () => {
    asked('notFound')
    machine.initScript = '/nonexistent'
    const manager = await findManager({ path, socketPath, argv: ['dockerd', '--label', 'a b'] })
    expect(manager).toMatchObject({ kind: 'none', controllable: false })
    await expect(manager.start(() => undefined)).rejects.toMatchObject({
      code: 'engine/no-manager',
      more: { hint: expect.stringContaining("dockerd --label 'a b'") as string },
    })
  })
})
