import { describe, expect, it } from 'vitest'
import { changesBetween } from '../../../../electron/services/config/changes'
import { checkStatic } from '../../../../electron/services/config/static'
import { problemsOf } from '../../../../electron/services/config/dockerd-says'
import { parseDocument } from '../../../../electron/services/config/document'
import { parseFlags } from '../../../../electron/services/config/flags'
import { locateConfig } from '../../../../electron/services/config/location'

const check = (text: string, version = '28.5.2', ...argv: string[]) =>
  checkStatic(text, { version, flags: parseFlags(['dockerd', ...argv], version) }).problems

describe('keys', () => {
  it.each([
    ['{"storage-opt": []}', 'key/flag-of', 'storage-opts'],
    ['{"label": []}', 'key/flag-of', 'labels'],
    ['{"insecure-registry": []}', 'key/flag-of', 'insecure-registries'],
    ['{"host": []}', 'key/flag-of', 'hosts'],
  ])('%s warns that it does nothing', (text, code, suggestion) => {
    expect(check(text)).toMatchObject([{ severity: 'warning', code, detail: { suggestion } }])
  })

  it.each([
    ['{"http-proxy": "http://x"}', 'key/ignored-at-top', 'http-proxy'],
    ['{"whatever": {"debug": true}}', 'key/ignored-object', 'whatever'],
    ['{"containerd-plugins-namespace": "x"}', 'key/flag-only', 'containerd-plugins-namespace'],
    ['{"allow-nondistributable-artifacts": ["x"]}', 'key/ignored', 'allow-nondistributable-artifacts'],
  ])('%s is accepted and ignored', (text, code, key) => {
    expect(check(text)).toMatchObject([{ severity: 'warning', code, key }])
  })

  it.each([
    ['{"whatever": {"foo": 1}}', '28.5.2', 'key/unknown-inside', 'foo'],
    ['{"proxies": {"http-proxy": "x"}}', '20.10.24', 'key/too-new', undefined],
    ['{"log-format": "json"}', '20.10.24', 'key/too-new', 'log-format'],
    ['{"graph": "/x"}', '28.5.2', 'key/replaced', 'graph'],
    ['{"validate": true}', '28.5.2', 'key/validate', 'validate'],
    ['{"default-shm-size": null}', '28.5.2', 'value/size', 'default-shm-size'],
    ['{"mtu": 1e3}', '28.5.2', 'value/type', 'mtu'],
    ['{"mtu": 99999999999999999999}', '28.5.2', 'value/type', 'mtu'],
    ['{"max-download-attempts": 0}', '20.10.24', 'value/below', 'max-download-attempts'],
  ])('%s is refused by %s', (text, version, code, key) => {
    const [problem] = check(text, version)
    expect(problem?.severity).toBe('error')
    if (key !== undefined) expect(problem).toMatchObject({ code, key })
  })

  it('a key that is also a flag is fatal, whatever the values; only runtimes may be both', () => {
    for (const version of ['20.10.24', '28.5.2']) {
      for (const text of ['{"debug": true}', '{"debug": null}', '{"debug": false}'])
        expect(check(text, version, '-D')).toMatchObject([{ severity: 'error', code: 'key/flag-conflict' }])
      expect(check('{"hosts": ["fd://"]}', version, '-H', 'fd://')).toMatchObject([
        { code: 'key/flag-conflict', key: 'hosts', line: 1, column: 2 },
      ])
      expect(check('{"runtimes": {"x": {"path": "/bin/sh"}}}', version, '--add-runtime', 'y=/y')).toEqual([])
    }
  })

  it('names line and column of a wrong value', () => {
    expect(check('{\n  "debug": true,\n  "mtu": "1400"\n}')).toMatchObject([
      { code: 'value/type', key: 'mtu', line: 3, column: 10 },
    ])
    expect(check('{\n  "labels": [\n    "a=1",\n    7\n  ]\n}')).toMatchObject([{ line: 4, column: 5 }])
  })
})

describe('changes', () => {
  const changes = (before: string, after: string) =>
    changesBetween(before, parseDocument(after, '28.5.2'), '28.5.2')

  it('are none for another order or spacing', () => {
    expect(changes('{"a": {"x": 1, "y": 2}, "debug": true}', '{\n"debug":true,"a":{"y":2,"x":1}}')).toEqual(
      [],
    )
  })
  it('say that a removed live key stays, or goes back', () => {
    expect(changes('{"labels": ["a=1"]}', '{}')[0]?.note).toMatch(/\[\]/)
    expect(changes('{"max-concurrent-downloads": 7}', '{}')[0]?.note).toMatch(/goes back to the default/)
    expect(changes('{"mtu": 1400}', '{}')[0]).toMatchObject({ takesEffect: 'restart' })
  })
  it('say what debug off does to the log level', () => {
    expect(
      changes('{"debug":true,"log-level":"warn"}', '{"debug":false,"log-level":"warn"}')[0]?.note,
    ).toMatch(/info, not to warn/)
  })
})

describe('values the engine refuses while it starts', () => {
  it.each([
    ['{"hosts": ["tcp://127.0.0.1:2375/x"]}', '28.5.2', 'value/host-path'],
    ['{"hosts": ["/run/docker.sock"]}', '20.10.24', 'value/host-path'],
    ['{"hosts": ["127.0.0.1:http"]}', '28.5.2', 'value/port'],
    ['{"hosts": ["tcp://[::1]:65536"]}', '28.5.2', 'value/port'],
    ['{"group": "1.5"}', '28.5.2', 'value/group'],
    ['{"userns-remap": "0:4294967"}', '28.5.2', 'value/group'],
    ['{"oom-score-adjust": -1001}', '20.10.24', 'value/range'],
    ['{"bridge": "none", "bip6": "fd00::1/64"}', '28.5.2', 'key/exclusive'],
    ['{"labels": [null]}', '28.5.2', 'value/label'],
    ['{"storage-opts": [null]}', '28.5.2', 'value/pair'],
    // proc(5) is on no disk, so it is not on XFS either.
    ['{"data-root": "/proc/x", "storage-opts": ["overlay2.size=1G"]}', '28.5.2', 'value/needs-xfs'],
  ])('%s of %s', (text, version, code) => {
    expect(check(text, version).filter(({ severity }) => severity === 'error')).toMatchObject([{ code }])
  })

  it.each([
    '{"hosts": ["unix:///run/x.sock", "tcp://[::1]:2375", "fd://"]}',
    '{"hosts": [null]}',
    '{"group": "-1"}',
    '{"storage-opts": ["overlay2.size=0"]}',
    '{"dns": [null]}',
  ])('and not %s', (text) => {
    expect(check(text).filter(({ severity }) => severity === 'error')).toEqual([])
  })
})

describe('what dockerd says', () => {
  const text = '{\n  "debug": "yes",\n  "log-opts": {"max-size": 10},\n  "dns": ["nope"]\n}'
  const document = parseDocument(text, '28.5.2')
  const map = (message: string) =>
    problemsOf(`unable to configure the Docker daemon with file /d.json: ${message}`, document, 'validate')

  it.each([
    [
      'invalid JSON: json: cannot unmarshal string into Go struct field Config.debug of type bool',
      'debug',
      2,
    ],
    ['json: cannot unmarshal string into Go struct field Config.CommonConfig.debug of type bool', 'debug', 2],
    ['cannot unmarshal number into Go struct field Config.log-opts.max-size of type string', 'log-opts', 3],
    ['invalid JSON: ParseAddr("nope"): unable to parse IP', 'dns', 4],
    ["the following directives don't match any configuration option: debug", 'debug', 2],
  ])('%s', (message, key, line) => {
    expect(map(message)).toMatchObject([{ key, line, column: 3, source: 'validate' }])
  })
  it('names every key of a conflict', () => {
    const message =
      'the following directives are specified both as a flag and in the configuration file: debug: (from flag: true, from file: yes), dns: (from flag: [1.1.1.1], from file: [nope])'
    expect(map(message).map((each) => each.key)).toEqual(['debug', 'dns'])
  })
  it('passes on what it cannot place', () => {
    expect(map('something new')).toMatchObject([{ message: 'dockerd says: something new' }])
  })
})

describe('where the file is', () => {
  const env = { HOME: '/home/me' }
  const endpoint = 'unix:///var/run/docker.sock'
  const daemon = { pid: 1, uid: 0, argv: ['dockerd'], startedAt: 0 }
  it.each([
    [{ endpoint, env }, '/etc/docker/daemon.json'],
    [{ endpoint, env, configFile: '/x.json' }, '/x.json'],
    [{ endpoint, env, process: { ...daemon, argv: ['dockerd', '--config-file=/y.json'] } }, '/y.json'],
    [
      { endpoint, env, process: { ...daemon, exe: '/snap/docker/1/bin/dockerd' } },
      '/var/snap/docker/current/config/daemon.json',
    ],
    [{ endpoint, env, rootless: true }, '/home/me/.config/docker/daemon.json'],
    [
      {
        endpoint: 'unix:///run/user/12345/docker.sock',
        env,
        rootless: false,
        process: { ...daemon, uid: process.getuid?.() ?? 0 },
      },
      process.getuid?.() === 0 ? '/etc/docker/daemon.json' : '/home/me/.config/docker/daemon.json',
    ],
    [{ endpoint, env: { ...env, XDG_CONFIG_HOME: '/c' }, rootless: true }, '/c/docker/daemon.json'],
  ])('%#', (facts, path) => {
    expect(locateConfig(facts)).toBe(path)
  })
  it.each([
    { endpoint, env, desktop: true },
    { endpoint: 'tcp://1.2.3.4:2375', env },
  ])('is not ours: %#', (facts) => {
    expect(() => locateConfig(facts)).toThrowError(expect.objectContaining({ code: 'config/foreign' }))
  })
})
