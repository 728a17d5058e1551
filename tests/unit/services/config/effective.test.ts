import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parseDocument } from '../../../../electron/services/config/document'
import { effectiveOptions, type Sources } from '../../../../electron/services/config/effective'
import { parseFlags } from '../../../../electron/services/config/flags'
import { textBefore } from '../../../../electron/services/config/in-force/at-start'
import { lastDump } from '../../../../electron/services/config/in-force/dump'
import { optionsFrom, parseEnvironment } from '../../../../electron/services/config/in-force/environment'
import { parseReloads, sizeText } from '../../../../electron/services/config/in-force/reloads'
import { knows, OPTIONS } from '../../../../electron/services/config/options'
import { parseLine } from '../../../../electron/services/daemon-log/parse'

const recorded = JSON.parse(
  readFileSync(new URL('../../../support/recorded/reloaded.json', import.meta.url), 'utf8'),
) as Record<string, { line: string; event: string }>

const VERSIONS = Object.keys(recorded)

/** The file the recorded daemons were reloaded with. */
const FILE = JSON.stringify({
  debug: true,
  labels: ['a=1'],
  'registry-mirrors': ['https://m.example/'],
  'insecure-registries': ['10.0.0.0/8'],
  'max-concurrent-downloads': 7,
  features: { buildkit: true },
  'default-runtime': 'crun',
  runtimes: { crun: { path: '/usr/bin/crun' } },
  'default-shm-size': '128M',
  'shutdown-timeout': 20,
})

interface Given extends Partial<Omit<Sources, 'document' | 'flags' | 'started' | 'dump' | 'reload'>> {
  argv?: string[]
  started?: string
  dump?: Sources['dump'] | undefined
  reload?: Sources['reload'] | undefined
}

function effective(text: string, { argv = [], started, version = '28.5.2', ...more }: Given = {}) {
  const all = effectiveOptions({
    document: parseDocument(text, version),
    flags: parseFlags(['dockerd', ...argv], version),
    version,
    ...(started === undefined ? {} : { started: parseDocument(started, version) }),
    ...more,
  })
  return { all, of: (key: string) => all.find((each) => each.key === key) }
}

describe('what is in force', () => {
  it.each(VERSIONS)('has every option the version knows, once (%s)', (version) => {
    const { all } = effective('{}', { version })
    expect(all.map(({ key }) => key)).toEqual(
      OPTIONS.filter((each) => knows(each, version)).map(({ key }) => key),
    )
    expect(all.filter(({ source, drift }) => source !== 'default' || drift)).toEqual([])
  })

  it('takes the engine over the file, and says so', () => {
    const { of } = effective('{"debug": true, "log-level": "warn"}', {
      info: { Debug: false },
      path: '/d.json',
    })
    expect(of('debug')).toEqual({
      key: 'debug',
      value: false,
      source: 'engine',
      from: { told: 'info' },
      inFile: true,
      drift: true,
      why: 'needs-reload',
    })
    expect(of('log-level')).toEqual({
      key: 'log-level',
      value: 'warn',
      source: 'file',
      from: { path: '/d.json' },
      inFile: 'warn',
    })
  })

  it('shows a value that a reload has left behind', () => {
    const info = { Debug: true }
    expect(effective('{}', { info }).of('debug')).toMatchObject({
      source: 'engine',
      drift: true,
      why: 'left-over',
    })
    expect(effective('{}', { info, argv: ['-D'] }).of('debug')).toEqual({
      key: 'debug',
      value: true,
      source: 'flag',
      from: { flag: '-D true' },
    })
  })

  it('shows a flag that a reload has taken back', () => {
    const reload = { 'max-concurrent-downloads': '3' }
    expect(
      effective('{}', { reload, argv: ['--max-concurrent-downloads=7'] }).of('max-concurrent-downloads'),
    ).toMatchObject({ value: 3, source: 'engine', from: { told: 'event' }, drift: true, why: 'reset' })
  })

  it('sees no drift in spellings the engine changes', () => {
    const { all } = effective(
      JSON.stringify({
        'registry-mirrors': ['https://m.example'],
        'insecure-registries': ['r.example:5000', '10.0.0.0/8'],
        'default-ulimits': { nofile: { name: 'nofile', soft: 1, hard: 2 } },
        'default-shm-size': '131072k',
        'seccomp-profile': '',
        proxies: { 'http-proxy': 'http://me:pw@p:1' },
      }),
      {
        info: {
          RegistryConfig: {
            Mirrors: ['https://m.example/'],
            InsecureRegistryCIDRs: ['10.0.0.0/8', '127.0.0.0/8'],
            IndexConfigs: { 'docker.io': { Secure: true }, 'r.example:5000': { Secure: false } },
          },
          SecurityOptions: ['name=seccomp,profile=builtin'],
          HttpProxy: 'http://xxxxx:xxxxx@p:1',
        },
        reload: { 'default-shm-size': String(128 * 1024 ** 2) },
        dump: { 'default-ulimits': { nofile: { Name: 'nofile', Hard: 2, Soft: 1 } } },
      },
    )
    expect(all.filter((each) => each.drift)).toEqual([])
  })

  describe('by what the engine has printed and sent', () => {
    const dumpOf = (version: string) => {
      const { message, fields, time = '' } = parseLine(recorded[version]?.line ?? '')
      return lastDump([{ message, fields, time }], 0)
    }

    it.each(VERSIONS)('agrees with the file it was reloaded with (%s)', (version) => {
      const dump = dumpOf(version)
      expect(dump).toMatchObject({ 'shutdown-timeout': 20, 'default-runtime': 'crun' })
      const reload = parseReloads(recorded[version]?.event ?? '').last?.attributes
      const told: Pick<Given, 'dump' | 'reload'>[] = [{ dump }, { reload }, { dump, reload }]
      for (const sources of told)
        expect(effective(FILE, { version, ...sources }).all.filter((each) => each.drift)).toEqual([])
    })

    it.each(VERSIONS)('shows what differs from the file (%s)', (version) => {
      const reload = parseReloads(recorded[version]?.event ?? '').last?.attributes
      const file = JSON.stringify({ 'log-level': 'warn', 'default-shm-size': '64M', 'shutdown-timeout': 20 })
      const { all, of } = effective(file, { version, dump: dumpOf(version), reload })
      expect(of('log-level')).toMatchObject({
        value: 'info',
        inFile: 'warn',
        why: 'needs-restart',
        from: { told: 'dump' },
      })
      expect(of('default-shm-size')).toMatchObject({
        value: '128M',
        why: 'needs-reload',
        from: { told: 'event' },
      })
      expect(of('labels')).toMatchObject({ value: ['a=1'], why: 'left-over' })
      expect(of('runtimes')).toMatchObject({ value: { crun: { path: '/usr/bin/crun' } }, why: 'left-over' })
      expect(of('shutdown-timeout')).toMatchObject({ value: 20, source: 'file' })
      // Set by the flags of the lab, which are not given here: no drift, and yet the truth.
      expect(of('data-root')).toMatchObject({ value: '/lab/data', source: 'engine' })
      expect(of('iptables')).toMatchObject({ value: false, source: 'engine' })
      expect(
        all
          .filter((each) => each.drift)
          .map(({ key }) => key)
          .sort(),
      ).toEqual([
        'debug',
        'default-runtime',
        'default-shm-size',
        'insecure-registries',
        'labels',
        'log-level',
        'registry-mirrors',
        'runtimes',
      ])
    })

    it('counts a dump of the same process only, and the last of it', () => {
      const line = (time: string, level: string) => ({
        time,
        message: `Reloaded configuration: {"log-level":"${level}"}`,
        fields: {},
      })
      const lines = [
        line('2026-01-01T00:00:00Z', 'a'),
        line('2026-01-01T00:00:02Z', 'b'),
        line('2026-01-01T00:00:04Z', 'c'),
      ]
      expect(lastDump(lines, Date.parse('2026-01-01T00:00:01Z'))).toEqual({ 'log-level': 'c' })
      expect(lastDump(lines, Date.parse('2026-01-01T00:00:05Z'))).toBeUndefined()
      const cut = { time: '2026-01-01T00:00:06Z', message: 'Reloaded configuration: {"log-le', fields: {} }
      expect(lastDump([...lines, cut], 0)).toEqual({ 'log-level': 'c' })
    })

    it('knows when a reload may have been forgotten', () => {
      const event = JSON.stringify({ Type: 'container', Action: 'exec_start: reload', timeNano: 1 })
      expect(parseReloads('')).toEqual({ complete: true })
      expect(parseReloads(`${event}\n`.repeat(256))).toEqual({ complete: false })
      expect(parseReloads('{"Type":"daemon","Action":"reload"')).toEqual({ complete: true })
    })
  })

  describe('by the file at the start', () => {
    it('knows a change of a key that is read at start', () => {
      const { of } = effective('{"mtu": 1400, "dns": ["10.0.0.1"]}', {
        started: '{"mtu": 1450, "icc": false}',
        path: '/d',
      })
      expect(of('mtu')).toMatchObject({
        value: 1450,
        inFile: 1400,
        source: 'engine',
        from: { told: 'start' },
        drift: true,
        why: 'needs-restart',
      })
      expect(of('dns')).toMatchObject({ value: [], inFile: ['10.0.0.1'], why: 'needs-restart' })
      expect(of('icc')).toMatchObject({ value: false, source: 'engine', drift: true, why: 'needs-restart' })
      expect(of('icc')).not.toHaveProperty('inFile')
    })
    it('says nothing of live keys by it: a reload may have changed them', () => {
      const { of } = effective('{"shutdown-timeout": 30}', { started: '{"shutdown-timeout": 20}' })
      expect(of('shutdown-timeout')).toMatchObject({ value: 30, source: 'file' })
      expect(of('shutdown-timeout')).not.toHaveProperty('drift')
    })
    it('is unsure without calling it drift when the file is not known', () => {
      const { of, all } = effective('{"mtu": 1400, "debug": true}', { startUnknown: true })
      expect(of('mtu')).toMatchObject({ value: 1400, source: 'file', why: 'unsure' })
      expect(of('debug')).not.toHaveProperty('why')
      expect(all.filter((each) => each.drift)).toEqual([])
    })
    it.each([
      ['nothing has changed since', 900, [], 'now'],
      ['it was changed by nobody we know', 1_100, [], undefined],
      [
        'a change has kept it',
        1_100,
        [
          { at: 900, before: 'older' },
          { at: 1_100, before: 'then' },
          { at: 1_200, before: 'later' },
        ],
        'then',
      ],
      ['there was none', 1_100, [{ at: 1_100, before: null }], ''],
      ['what was then is not kept', 1_100, [{ at: 1_100, before: undefined }], undefined],
    ])('takes it from where it is: %s', (_, modifiedAt, changes, text) => {
      expect(modifiedAt <= 1_000 ? 'now' : textBefore(1_000, { modifiedAt, text: 'now' }, changes)).toBe(text)
    })
  })

  describe('by the environment', () => {
    const environment = (text: string) => optionsFrom(parseEnvironment(text.replaceAll(' ', '\0')))

    it('takes proxies behind the file, and hides their passwords', () => {
      const { of } = effective('{"proxies": {"no-proxy": "a.example"}}', {
        environment: environment(
          'HTTP_PROXY=http://me:secret@p:3128 https_proxy=http://q:1 NO_PROXY=b.example',
        ),
        path: '/d',
      })
      expect(of('http-proxy')).toEqual({
        key: 'http-proxy',
        value: 'http://*****@p:3128',
        source: 'environment',
        from: { variable: 'HTTP_PROXY' },
      })
      expect(of('https-proxy')).toMatchObject({ value: 'http://q:1', from: { variable: 'https_proxy' } })
      expect(of('no-proxy')).toMatchObject({ value: 'a.example', source: 'file', inFile: 'a.example' })
      expect(of('proxies')).toMatchObject({
        value: { 'http-proxy': 'http://*****@p:3128', 'https-proxy': 'http://q:1', 'no-proxy': 'a.example' },
        source: 'file',
        inFile: { 'no-proxy': 'a.example' },
      })
    })
    it('hides a password in the file too', () => {
      const { all } = effective('{"proxies": {"http-proxy": "http://me:secret@p:1"}}', {
        argv: ['--https-proxy', 'http://me:secret@p:2'],
      })
      expect(JSON.stringify(all)).not.toContain('secret')
    })
    it('ignores proxies at top level, as the engine does', () => {
      expect(effective('{"http-proxy": "http://p:1"}').of('http-proxy')).toMatchObject({
        value: '',
        source: 'default',
      })
    })
    it('lets DOCKER_DRIVER go before the file', () => {
      const { of } = effective('{"storage-driver": "vfs"}', {
        environment: environment('DOCKER_DRIVER=overlay2 DOCKER_TLS_VERIFY=1 DOCKER_CERT_PATH=/c'),
        info: { Driver: 'overlay2' },
      })
      expect(of('storage-driver')).toMatchObject({
        value: 'overlay2',
        source: 'environment',
        inFile: 'vfs',
        from: { variable: 'DOCKER_DRIVER' },
        drift: true,
        why: 'overridden',
      })
      expect(of('tlsverify')).toMatchObject({ value: true, source: 'environment' })
      expect(of('tlskey')).toMatchObject({ value: '/c/key.pem', from: { variable: 'DOCKER_CERT_PATH' } })
    })
  })

  it('works the default out that depends on the machine', () => {
    expect(
      effective('{}', { info: { CgroupVersion: '2', SecurityOptions: ['name=cgroupns'] } }).of(
        'default-cgroupns-mode',
      ),
    ).toEqual({
      key: 'default-cgroupns-mode',
      value: 'private',
      source: 'default',
    })
    expect(effective('{}', { version: '20.10.24' }).of('ip6tables')).toMatchObject({ value: false })
  })

  it('writes sizes as the file has them', () => {
    expect([67_108_864, 1_073_741_824, 1_000, 1_536 * 1_024].map(sizeText)).toEqual([
      '64M',
      '1G',
      '1000',
      '1536K',
    ])
  })
})
