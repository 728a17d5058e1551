import { describe, expect, it } from 'vitest'
import {
  isDebianLike,
  packageNames,
  parseInstalled,
  parseLibraries,
  parsePolicy,
  planApt,
  planElsewhere,
  systemName,
  wants,
} from '../../../build/setup-plan.mjs'

const none = new Set<string>()
const debian12 = new Set(packageNames().filter((name) => !name.endsWith('t64') && name !== 'docker-cli'))
const ubuntu24 = new Set(
  packageNames().filter(
    (name) => !['libgtk-3-0', 'libasound2', 'libatspi2.0-0', 'docker-cli'].includes(name),
  ),
)

describe('planApt', () => {
  it('takes the names of Debian 12', () => {
    const { install, unresolved } = planApt({
      installed: none,
      candidates: debian12,
      commands: none,
      tests: false,
    })
    expect(unresolved).toEqual([])
    expect(install.map((entry) => entry.name)).toEqual([
      'docker.io',
      'busybox-static',
      'libgtk-3-0',
      'libnss3',
      'libasound2',
      'libgbm1',
      'libatspi2.0-0',
      'libxss1',
      'libnotify4',
      'xdg-utils',
      'polkitd',
      'pkexec',
    ])
  })

  it('takes the names of Ubuntu 24.04', () => {
    const names = planApt({
      installed: none,
      candidates: ubuntu24,
      commands: none,
      tests: false,
    }).install.map((entry) => entry.name)
    expect(names).toContain('libgtk-3-0t64')
    expect(names).toContain('libasound2t64')
    expect(names).not.toContain('libgtk-3-0')
  })

  it('takes one package once where polkit is still one (Ubuntu 22.04)', () => {
    const candidates = new Set([...debian12, 'policykit-1'])
    candidates.delete('polkitd')
    candidates.delete('pkexec')
    const { install } = planApt({ installed: none, candidates, commands: none, tests: false })
    expect(install.filter((entry) => entry.name === 'policykit-1')).toHaveLength(1)
  })

  it('adds what tests want with --tests only', () => {
    const machine = { installed: none, candidates: debian12, commands: none }
    const without = planApt({ ...machine, tests: false }).install.map((entry) => entry.name)
    const withTests = planApt({ ...machine, tests: true }).install.map((entry) => entry.name)
    expect(withTests.filter((name) => !without.includes(name))).toEqual([
      'chromium',
      'xvfb',
      'xauth',
      'dbus',
      'rootlesskit',
      'slirp4netns',
      'uidmap',
      'procps',
    ])
  })

  it('leaves alone what is there, by either name', () => {
    const { install, unresolved } = planApt({
      installed: new Set([...ubuntu24]),
      candidates: debian12,
      commands: new Set(['docker']),
      tests: true,
    })
    expect(install).toEqual([])
    expect(unresolved).toEqual([])
  })

  it('never puts docker.io beside another engine', () => {
    const { install } = planApt({
      installed: none,
      candidates: debian12,
      commands: new Set(['dockerd', 'docker']),
      tests: false,
    })
    expect(install.map((entry) => entry.name)).not.toContain('docker.io')
  })

  it('wants the command line as a package of its own where there is one (Debian 13)', () => {
    const { install } = planApt({
      installed: new Set(['docker.io']),
      candidates: new Set([...debian12, 'docker-cli']),
      commands: new Set(['dockerd']),
      tests: false,
    })
    expect(install.map((entry) => entry.name)).toContain('docker-cli')
  })

  it('does not take a dynamic busybox for the static one', () => {
    const { install } = planApt({
      installed: none,
      candidates: debian12,
      commands: new Set(['busybox']),
      tests: false,
    })
    expect(install.map((entry) => entry.name)).toContain('busybox-static')
  })

  it('says so when a package takes the place of another', () => {
    const machine = { candidates: debian12, commands: none, tests: false }
    const reason = (installed: Set<string>) =>
      planApt({ ...machine, installed }).install.find((entry) => entry.name === 'busybox-static')?.reason
    expect(reason(new Set(['busybox']))).toMatch(/replaces busybox/)
    expect(reason(none)).not.toMatch(/replaces/)
  })

  it('tells what no package list offers', () => {
    const { install, unresolved } = planApt({
      installed: none,
      candidates: none,
      commands: none,
      tests: true,
    })
    expect(install).toEqual([])
    expect(unresolved.map((entry) => entry.names[0])).toContain('docker.io')
    expect(unresolved).toHaveLength(wants.length - 1)
  })

  it('gives each package a reason', () => {
    for (const entry of planApt({ installed: none, candidates: debian12, commands: none, tests: true })
      .install)
      expect(entry.reason).toMatch(/\S/)
  })
})

describe('planElsewhere', () => {
  it('names what is missing and nothing else', () => {
    const commands = new Set(wants.flatMap((want) => want.command ?? []))
    const libraries = new Set(wants.flatMap((want) => want.library ?? []))
    expect(planElsewhere({ commands, libraries, tests: true })).toEqual([])
    libraries.delete('libgtk-3.so.0')
    commands.delete('Xvfb')
    expect(planElsewhere({ commands, libraries, tests: false }).map((entry) => entry.name)).toEqual(['GTK 3'])
    expect(planElsewhere({ commands, libraries, tests: true }).map((entry) => entry.name)).toEqual([
      'GTK 3',
      'Xvfb',
    ])
  })
})

describe('reading the system', () => {
  it('tells Debian and what is like it from the rest', () => {
    expect(isDebianLike('PRETTY_NAME="Debian GNU/Linux 12"\nID=debian\n')).toBe(true)
    expect(isDebianLike('ID=ubuntu\nID_LIKE=debian\n')).toBe(true)
    expect(isDebianLike('ID=linuxmint\nID_LIKE="ubuntu debian"\n')).toBe(true)
    expect(isDebianLike('NAME="Fedora Linux"\nID=fedora\nHOME_URL="https://not-debian.example"\n')).toBe(
      false,
    )
    expect(isDebianLike('')).toBe(false)
  })

  it('names the system', () => {
    expect(systemName('PRETTY_NAME="Fedora Linux 43"\n')).toBe('Fedora Linux 43')
    expect(systemName('')).toBe('this system')
  })

  it('reads candidates, and that there is none', () => {
    const text = [
      'docker.io:',
      '  Installed: (none)',
      '  Candidate: 20.10.24+dfsg1-1',
      'libasound2:',
      '  Installed: (none)',
      '  Candidate: (none)',
      '',
    ].join('\n')
    expect(parsePolicy(text)).toEqual(new Set(['docker.io']))
  })

  it('counts packages of this architecture that are really installed', () => {
    const text = [
      'libnss3 amd64 installed',
      'libgbm1 i386 installed',
      'xdg-utils all installed',
      'xvfb amd64 config-files',
      '',
    ].join('\n')
    expect(parseInstalled(text, 'amd64')).toEqual(new Set(['libnss3', 'xdg-utils']))
  })

  it('reads the linker’s cache', () => {
    const text = '2 libs found in cache\n\tlibgtk-3.so.0 (libc6,x86-64) => /usr/lib64/libgtk-3.so.0\n'
    expect(parseLibraries(text)).toEqual(new Set(['libgtk-3.so.0']))
  })
})
