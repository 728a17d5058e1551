import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { configOptions, type ConfigOption } from '../../../../electron/contract/subjects/config-options'
import { describeOptions } from '../../../../electron/services/config/describe'
import {
  BUILDER_MEMBERS,
  defaultOf,
  findOption,
  isFlag,
  OPTIONS,
  UNUSABLE,
} from '../../../../electron/services/config/options'
import { schemaFor, valueSchema } from '../../../../electron/services/config/schema'
import type { z } from 'zod'

/**
 * Columns of a table made from the sources of every release from 1.12 to 29.7 (struct tags, flag
 * sets, the reload code), not from Porthole's own.
 */
interface Fact {
  key: string
  flag: string | null
  short: string | null
  since: string
  deprecated: string | null
  removed: string | null
  reload: 'live' | 'restart'
  category: string
  os: string[]
}

const facts = JSON.parse(
  readFileSync(new URL('../../../support/recorded/daemon-options.json', import.meta.url), 'utf8'),
) as Fact[]

const VERSIONS = ['20.10.24', '26.1.5', '28.5.2', '29.7.2']

/** Where Porthole's `removed` is another version than the sources', and why. */
const REFUSED_LATER: Record<string, [version: string | undefined, why: string]> = {
  'oom-score-adjust': ['26.0', '25.x still starts with a zero'],
  'api-cors-header': ['29.0', '28.x still starts with an empty text'],
  'allow-nondistributable-artifacts': [undefined, 'every engine takes it, newer ones ignore it'],
  'deprecated-key-path': [undefined, 'every engine takes it, newer ones ignore it'],
}

const all = [...OPTIONS, ...BUILDER_MEMBERS, ...UNUSABLE]
const ours = (key: string) => all.find((each) => each.key === key)
const described = (version: string, language: 'en' | 'ru' = 'en') => describeOptions(version, language)
const of = async (version: string, key: string): Promise<z.infer<typeof ConfigOption>> => {
  const found = (await described(version)).find((each) => each.key === key)
  if (found === undefined) throw new Error(`no ${key}`)
  return found
}

describe('the table of options', () => {
  it('has every key of the sources and the object of proxies, once each', () => {
    expect(facts).toHaveLength(114)
    expect(all.map((each) => each.key).sort()).toEqual([...facts.map(({ key }) => key), 'proxies'].sort())
  })

  it.each(facts)('$key is as the sources have it', (fact) => {
    const option = ours(fact.key)
    expect(option).toBeDefined()
    if (option === undefined) return
    expect(option.flag === null ? null : `--${option.flag}`).toBe(fact.flag)
    expect(option.short === undefined ? null : `-${option.short}`).toBe(fact.short)
    expect(option.since).toBe(fact.since)
    expect(option.live === undefined ? 'restart' : 'live').toBe(fact.reload)
    expect(option.platform).toEqual(fact.os)
    expect(option.category).toBe(fact.category === 'unusable' ? 'removed' : fact.category)
    // What was before 1.12 counts as 1.12.
    expect(option.deprecated ?? null).toBe(fact.deprecated === '1.6' ? '1.12' : fact.deprecated)
    const later = REFUSED_LATER[fact.key]
    if (later !== undefined) expect(option.removed).toBe(later[0])
    else if (fact.category === 'unusable') expect(option.removed).toBe(option.since)
    else expect(option.removed ?? null).toBe(fact.removed)
  })

  it('keeps what cannot stand at top level out of the keys', () => {
    for (const { key } of [...BUILDER_MEMBERS, ...UNUSABLE]) {
      expect(findOption(key)).toBeUndefined()
      expect(isFlag(key, '29.7')).toBe(false)
    }
  })

  it.each(VERSIONS)('has defaults, examples and offers of the right type (%s)', (version) => {
    for (const each of all) {
      const preset = defaultOf(each, version)
      if (preset !== undefined) expect(valueSchema(each).safeParse(preset).success, each.key).toBe(true)
      if (each.example !== undefined)
        expect(valueSchema(each).safeParse(each.example).success, each.key).toBe(true)
    }
  })

  it('makes a schema of the file for each version', () => {
    const takes = (version: string, file: unknown): boolean => schemaFor(version).safeParse(file).success
    expect(takes('20.10', { debug: true, 'default-shm-size': '128M', graph: '/x' })).toBe(true)
    expect(takes('28.5', { debug: true, graph: '/x' })).toBe(false)
    expect(takes('20.10', { 'log-format': 'json' })).toBe(false)
    expect(takes('28.5', { 'log-format': 'json', proxies: { 'no-proxy': 'a' } })).toBe(true)
    expect(takes('28.5', { 'log-format': 'xml' })).toBe(false)
    expect(takes('28.5', { mtu: 1500.5 })).toBe(false)
    expect(takes('28.5', { mtu: -1 })).toBe(false)
    expect(takes('28.5', { 'no-proxy': 'a' })).toBe(false)
    expect(takes('28.5', { 'default-shm-size': 67108864 })).toBe(false)
    expect(takes('28.5', { builder: { gc: { policy: [{ all: true, filter: ['unused-for=48h'] }] } } })).toBe(
      true,
    )
  })
})

describe('config.options', () => {
  it.each(VERSIONS.flatMap((version) => [`${version} en`, `${version} ru`]))(
    'is as its contract says (%s)',
    async (name) => {
      const [version = '', language] = name.split(' ')
      const list = await described(version, language === 'ru' ? 'ru' : 'en')
      expect(configOptions['config.options'].output.safeParse(list).error).toBeUndefined()
      expect(list).toHaveLength(115)
    },
  )

  it('explains every option in both languages, each with words of its own', async () => {
    const [en, ru] = [await described('28.5.2'), await described('28.5.2', 'ru')]
    for (const list of [en, ru]) {
      expect(list.filter(({ help }) => help.length < 30).map(({ key }) => key)).toEqual([])
      expect(new Set(list.map(({ help }) => help)).size).toBe(list.length)
      expect(list.filter(({ help }) => help.length > 350).map(({ key }) => key)).toEqual([])
    }
    expect(ru.filter(({ help }) => !/\p{Script=Cyrillic}/u.test(help)).map(({ key }) => key)).toEqual([])
    expect(en.filter(({ help }) => /\p{Script=Cyrillic}/u.test(help)).map(({ key }) => key)).toEqual([])
    const has = (list: typeof en) =>
      list.map(({ key, defaultText, allowed }) => [
        key,
        defaultText !== undefined,
        allowed?.text !== undefined,
      ])
    expect(has(ru)).toEqual(has(en))
  })

  it('says how a default comes about wherever there is none', async () => {
    const list = await described('28.5.2')
    const silent = list.filter(
      (each) => each.default === undefined && each.defaultText === undefined && each.category !== 'removed',
    )
    expect(silent.map(({ key }) => key)).toEqual([])
  })

  it('follows the order of the form: category by category', async () => {
    const list = (await described('29.7.2')).filter(({ category }) => category !== 'removed')
    const seen = list.map(({ category }) => category).filter((each, i, them) => each !== them[i - 1])
    expect(new Set(seen).size).toBe(seen.length)
    expect(seen).toEqual([
      'logging',
      'container-logging',
      'registry',
      'network',
      'storage',
      'builder',
      'runtimes',
      'container-defaults',
      'security',
      'api',
      'monitoring',
      'general',
      'containerd',
      'swarm',
    ])
  })

  it('differs between versions as the engines do', async () => {
    const known = async (version: string) =>
      new Set((await described(version)).filter((each) => each.known).map(({ key }) => key))
    const [k20, k26, k28, k29] = await Promise.all(VERSIONS.map(known))
    const gained = (before = new Set<string>(), after = new Set<string>()) =>
      [...after].filter((key) => !before.has(key)).sort()
    expect(gained(k20, k26)).toEqual([
      'builder.history',
      'cdi-spec-dirs',
      'default-network-opts',
      'http-proxy',
      'https-proxy',
      'log-format',
      'no-proxy',
      'proxies',
    ])
    expect(gained(k26, k20)).toEqual([
      'cluster-advertise',
      'cluster-store',
      'cluster-store-opts',
      'graph',
      'oom-score-adjust',
    ])
    expect(gained(k26, k28)).toEqual([
      'allow-direct-routing',
      'bip6',
      'builder.gc.defaultMaxUsedSpace',
      'builder.gc.defaultMinFreeSpace',
      'builder.gc.defaultReservedSpace',
      'host-gateway-ips',
      'ip-forward-no-drop',
    ])
    expect(gained(k28, k29)).toEqual([
      'bridge-accept-fwmark',
      'default-stop-timeout',
      'firewall-backend',
      'min-api-version',
      'nri-opts',
    ])
    expect(gained(k29, k28)).toEqual(['api-cors-header'])
  })

  it('knows defaults, words and flags by version', async () => {
    expect((await of('26.1.5', 'ip6tables')).default).toBe(false)
    expect((await of('27.0.1', 'ip6tables')).default).toBe(true)
    expect((await of('29.1.0', 'min-api-version')).default).toBe('1.44')
    expect((await of('29.3.0', 'min-api-version')).default).toBe('1.40')
    expect((await of('20.10.24', 'seccomp-profile')).default).toBe('')
    expect((await of('23.0.0', 'seccomp-profile')).default).toBe('builtin')
    expect((await of('28.5.2', 'default-cgroupns-mode')).default).toBeUndefined()
    expect((await of('20.10.24', 'features')).allowed?.members).toEqual(['buildkit'])
    expect((await of('29.7.2', 'features')).allowed?.members).toContain('embedded-containerd')
    expect((await of('23.0.0', 'storage-driver')).allowed?.suggestions).toContain('devicemapper')
    expect((await of('28.5.2', 'storage-driver')).allowed?.suggestions).not.toContain('devicemapper')
    expect((await of('28.5.2', 'log-opts')).allowed?.membersBy?.members['local']).toEqual([
      'max-size',
      'max-file',
      'compress',
      'mode',
      'max-buffer-size',
    ])
  })

  it.each([
    ['debug', 'live', 'reload', 'kept'],
    ['max-concurrent-downloads', 'live', 'reload', 'default'],
    ['log-level', 'restart', 'restart', 'restart'],
    ['log-driver', 'new-containers', 'restart', 'restart'],
    ['default-shm-size', 'new-containers', 'reload', 'kept'],
    ['default-address-pools', 'new-networks', 'restart', 'restart'],
    ['data-root', 'hides-data', 'restart', 'restart'],
    ['userns-remap', 'hides-data', 'restart', 'restart'],
    ['authorization-plugins', 'dangerous', 'reload', 'default'],
    ['http-proxy', 'restart', 'restart', 'restart'],
    ['containerd-plugins-namespace', 'ignored', 'nothing', 'restart'],
    ['graph', 'ignored', 'nothing', 'restart'],
  ])('%s is %s by %s, and %s when removed', async (key, takesEffect, needs, whenRemoved) => {
    expect(await of('28.5.2', key)).toMatchObject({ takesEffect, needs, whenRemoved })
  })
})
