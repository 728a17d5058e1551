import { describe, expect, it } from 'vitest'
import { maskArgv, maskText } from '../../../../electron/services/engine/mask'
import {
  aliasesOf,
  describeProcess,
  findDaemon,
  flagValues,
  unitFromCgroup,
} from '../../../../electron/services/engine/process'
import { processTable, readStat } from '../../../../electron/services/engine/process-table'

describe('the unit of a process', () => {
  it.each([
    ['0::/system.slice/docker.service\n', { name: 'docker.service', user: false }],
    [
      '12:cpu:/\n1:name=systemd:/system.slice/docker.service\n0::/system.slice/docker.service\n',
      { name: 'docker.service', user: false },
    ],
    [
      '0::/user.slice/user-1000.slice/user@1000.service/app.slice/docker.service\n',
      { name: 'docker.service', user: true },
    ],
    ['0::/system.slice/snap.docker.dockerd.service\n', { name: 'snap.docker.dockerd.service', user: false }],
    ['0::/user.slice/user-1000.slice/session-3.scope\n', undefined],
    ['0::/user.slice/user-1000.slice/user@1000.service\n', undefined],
    ['0::/\n', undefined],
    ['', undefined],
  ])('%j', (text, unit) => {
    expect(unitFromCgroup(text)).toEqual(unit)
  })
})

describe('flags of a command line', () => {
  it('are read in every spelling Go takes', () => {
    const argv = [
      'dockerd',
      '-H',
      'fd://',
      '--host=tcp://:2375',
      '-Hunix:///a',
      '-H=unix:///b',
      '--host',
      'unix:///c',
      '-D',
      '--',
      '-H',
      'no',
    ]
    expect(flagValues(argv, 'host', 'H')).toEqual([
      'fd://',
      'tcp://:2375',
      'unix:///a',
      'unix:///b',
      'unix:///c',
    ])
    expect(flagValues(argv, 'config-file')).toEqual([])
    expect(flagValues(['dockerd', '--host'], 'host')).toEqual([])
  })
})

describe('secrets of a command line', () => {
  it('are masked, and nothing else is', () => {
    expect(
      maskArgv([
        'dockerd',
        '--http-proxy',
        'http://me:pa$$@proxy:3128',
        '--https-proxy=https://me:word@proxy',
        '--log-opt',
        'splunk-token=abc',
        '--log-opt',
        'tag=x',
        '--registry-password',
        'hunter2',
        '--tlskey=/etc/docker/key.pem',
        '-H',
        'unix:///var/run/docker.sock',
      ]),
    ).toEqual([
      'dockerd',
      '--http-proxy',
      'http://*****@proxy:3128',
      '--https-proxy=https://*****@proxy',
      '--log-opt',
      'splunk-token=*****',
      '--log-opt',
      'tag=x',
      '--registry-password',
      '*****',
      '--tlskey=/etc/docker/key.pem',
      '-H',
      'unix:///var/run/docker.sock',
    ])
    expect(maskText('x'.repeat(100_000))).toHaveLength(100_000)
  })
})

describe('the process table', () => {
  it('has this process, with a start that does not change', () => {
    expect(processTable().some((row) => row.pid === process.pid)).toBe(true)
    const info = describeProcess(process.pid)
    expect(info).toMatchObject({ pid: process.pid, uid: process.getuid?.(), exe: process.execPath })
    expect(info?.startedAt).toBeLessThanOrEqual(Date.now() + 1_000)
    expect(readStat(process.pid)?.ppid).toBe(process.ppid)
    expect(describeProcess(2 ** 22 + 1)).toBeUndefined()
  })

  it('has no daemon for a socket nobody listens on', () => {
    const table = processTable()
    expect(findDaemon({ kind: 'unix', path: '/nonexistent/docker.sock' }, {}, table)).toBeUndefined()
    expect(
      findDaemon({ kind: 'tcp', host: '192.0.2.1', port: 2375, tls: undefined }, {}, table),
    ).toBeUndefined()
  })

  it('knows both spellings of the usual socket', () => {
    expect(aliasesOf('/run/docker.sock')).toContain('/var/run/docker.sock')
    expect(aliasesOf('/var/run/docker.sock')).toContain('/run/docker.sock')
  })
})
