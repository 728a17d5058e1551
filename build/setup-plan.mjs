/**
 * What Porthole wants from the system, and what of it is missing: pure logic, no system call.
 * `setup.mjs` looks at the machine, asks and acts.
 *
 * Each want names its Debian packages, the first that the archive has counts: a library is
 * `libgtk-3-0` on Debian 12 and `libgtk-3-0t64` since the 64-bit time change (Debian 13, Ubuntu 24.04).
 * `command` or `library` tell that the thing is there however it came to be installed.
 */
export const wants = [
  {
    packages: ['docker.io'],
    command: 'dockerd',
    reason: 'the Docker engine that Porthole looks into',
    elsewhere: 'Docker Engine',
  },
  {
    // A package of its own since Debian 13; part of docker.io before.
    packages: ['docker-cli'],
    command: 'docker',
    reason: 'the docker command line',
    elsewhere: 'the docker command line',
    partOf: 'docker.io',
  },
  {
    packages: ['busybox-static'],
    reason: 'content of the small images of --sandbox',
    elsewhere: 'a static busybox',
    command: 'busybox',
    packageOnly: true,
    replaces: 'busybox',
  },
  {
    packages: ['libgtk-3-0', 'libgtk-3-0t64'],
    library: 'libgtk-3.so.0',
    reason: 'window toolkit of Electron',
    elsewhere: 'GTK 3',
  },
  {
    packages: ['libnss3'],
    library: 'libnss3.so',
    reason: 'network security library of Electron',
    elsewhere: 'NSS',
  },
  {
    packages: ['libasound2', 'libasound2t64'],
    library: 'libasound.so.2',
    reason: 'sound library Electron is linked with',
    elsewhere: 'ALSA (alsa-lib)',
  },
  {
    packages: ['libgbm1'],
    library: 'libgbm.so.1',
    reason: 'graphics buffers of Electron',
    elsewhere: 'GBM (part of Mesa)',
  },
  {
    packages: ['libatspi2.0-0', 'libatspi2.0-0t64'],
    library: 'libatspi.so.0',
    reason: 'screen readers in Electron',
    elsewhere: 'AT-SPI (at-spi2-core)',
  },
  {
    packages: ['libxss1'],
    library: 'libXss.so.1',
    reason: 'screen saver library of Electron',
    elsewhere: 'libXScrnSaver',
  },
  {
    packages: ['libnotify4'],
    library: 'libnotify.so.4',
    reason: 'desktop notifications of Electron',
    elsewhere: 'libnotify',
  },
  {
    packages: ['xdg-utils'],
    command: 'xdg-open',
    reason: 'opens links in your browser',
    elsewhere: 'xdg-utils',
  },
  {
    packages: ['polkitd', 'policykit-1'],
    command: 'pkaction',
    reason: 'asks for your password before daemon.json is changed',
    elsewhere: 'polkit',
  },
  {
    packages: ['pkexec', 'policykit-1'],
    command: 'pkexec',
    reason: 'starts the privileged helper',
    elsewhere: 'pkexec (part of polkit)',
  },
  {
    packages: ['chromium', 'chromium-browser'],
    command: 'chromium',
    reason: 'end-to-end tests in a browser',
    elsewhere: 'Chromium',
    tests: true,
  },
  {
    packages: ['xvfb'],
    command: 'Xvfb',
    reason: 'end-to-end tests of the window without a display',
    elsewhere: 'Xvfb',
    tests: true,
  },
  {
    packages: ['xauth'],
    command: 'xauth',
    reason: 'access to that display',
    elsewhere: 'xauth',
    tests: true,
  },
  {
    packages: ['dbus'],
    command: 'dbus-daemon',
    reason: 'a system bus for the tests of the helper',
    elsewhere: 'D-Bus',
    tests: true,
  },
  {
    packages: ['rootlesskit'],
    command: 'rootlesskit',
    reason: 'tests of a sandbox without root',
    elsewhere: 'RootlessKit',
    tests: true,
  },
  {
    packages: ['slirp4netns'],
    command: 'slirp4netns',
    reason: 'a network for those',
    elsewhere: 'slirp4netns',
    tests: true,
  },
  {
    packages: ['uidmap'],
    command: 'newuidmap',
    reason: 'user ids for those',
    elsewhere: 'newuidmap (part of shadow)',
    tests: true,
  },
  {
    packages: ['procps'],
    command: 'ps',
    reason: 'process lists for the tests',
    elsewhere: 'procps',
    tests: true,
  },
]

/** Whether this system installs with apt, from the text of /etc/os-release. */
export function isDebianLike(osRelease) {
  const words = [...osRelease.matchAll(/^(?:ID|ID_LIKE)="?([^"\n]*)"?$/gm)].flatMap((match) =>
    (match[1] ?? '').split(/\s+/),
  )
  return words.includes('debian') || words.includes('ubuntu')
}

/** The system's name for a sentence, from the text of /etc/os-release. */
export function systemName(osRelease) {
  return /^PRETTY_NAME="?([^"\n]*)"?$/m.exec(osRelease)?.[1] ?? 'this system'
}

/** Every package name `plan` can ask the archive about. */
export function packageNames() {
  return [...new Set(wants.flatMap((want) => want.packages))]
}

/**
 * What to install where apt is. `candidates` are the packages the archive offers now; names that
 * none of a want's packages has end up in `unresolved`: package lists are missing or old, or this
 * system has another name for it.
 */
export function planApt({ installed, candidates, commands, tests }) {
  const install = []
  const unresolved = []
  for (const want of wants) {
    if (want.tests && !tests) continue
    if (want.packages.some((name) => installed.has(name))) continue
    if (want.command && !want.packageOnly && commands.has(want.command)) continue
    const name = want.packages.find((candidate) => candidates.has(candidate))
    if (name !== undefined) {
      const replaces = want.replaces && installed.has(want.replaces) ? `; replaces ${want.replaces}` : ''
      if (!install.some((entry) => entry.name === name))
        install.push({ name, reason: want.reason + replaces })
    } else if (!want.partOf) unresolved.push({ names: want.packages, reason: want.reason })
  }
  return { install, unresolved }
}

/** What is missing where apt is not, by the names people know these things by. */
export function planElsewhere({ commands, libraries, tests }) {
  return wants
    .filter((want) => !want.tests || tests)
    .filter((want) => !(want.command && commands.has(want.command)))
    .filter((want) => !(want.library && libraries.has(want.library)))
    .map((want) => ({ name: want.elsewhere, reason: want.reason }))
}

/** Packages with a candidate, from the output of `apt-cache policy NAME…`. */
export function parsePolicy(text) {
  const found = new Set()
  let name
  for (const line of text.split('\n')) {
    const head = /^(\S+):$/.exec(line)
    if (head) name = head[1]
    const candidate = /^ {2}Candidate: (.+)$/.exec(line)
    if (candidate && candidate[1] !== '(none)' && name !== undefined) found.add(name)
  }
  return found
}

/**
 * Installed packages, from `dpkg-query -W -f '${Package} ${Architecture} ${db:Status-Status}\n'`.
 * Those of a foreign architecture do not count.
 */
export function parseInstalled(text, architecture) {
  const found = new Set()
  for (const line of text.split('\n')) {
    const [name, arch, state] = line.split(' ')
    if (state === 'installed' && (arch === architecture || arch === 'all')) found.add(name)
  }
  return found
}

/** Sonames from the output of `ldconfig -p`. */
export function parseLibraries(text) {
  return new Set([...text.matchAll(/^\s+(\S+) \(/gm)].map((match) => match[1]))
}
