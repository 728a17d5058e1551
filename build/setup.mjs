#!/usr/bin/env node
/**
 * `npm run setup`: installs what Porthole needs from the system, after saying what and why.
 * Node built-ins only, so that it works before anything is built.
 */
import { spawnSync } from 'node:child_process'
import { accessSync, constants, existsSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'
import { createInterface } from 'node:readline/promises'
import { parseArgs } from 'node:util'
import { fileURLToPath } from 'node:url'
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
} from './setup-plan.mjs'

const usage = `npm run setup -- [options]

Installs what Porthole needs from the system: the Docker engine, the libraries of its window, polkit.
It lists every package with its reason and asks before it changes anything.

  --tests          also what the tests need (Chromium, Xvfb, …)
  --helper         install the privileged helper for all users, owned by root (after npm run build)
  --remove-helper  remove it again
  --yes            do not ask
  --dry-run        say what would be done, and do nothing
  --help           this text
`

/** Files of the privileged helper: where they come from and where polkit and pkexec look for them. */
const helperFiles = [
  {
    from: 'build/helper/porthole-helper.sh',
    to: '/usr/libexec/porthole/porthole-helper',
    mode: '0755',
  },
  {
    from: 'out/helper/porthole-helper.cjs',
    to: '/usr/libexec/porthole/porthole-helper.cjs',
    mode: '0644',
  },
  {
    from: 'build/helper/org.porthole.helper.policy',
    to: '/usr/share/polkit-1/actions/org.porthole.helper.policy',
    mode: '0644',
  },
]

class SetupError extends Error {}

const root = fileURLToPath(new URL('..', import.meta.url))

/** Runs a command and gives its output; an absent or failing command gives an empty one. */
function read(command, ...args) {
  const result = spawnSync(command, args, { encoding: 'utf8', env: { ...process.env, LC_ALL: 'C' } })
  return result.status === 0 ? result.stdout : ''
}

/** Commands found in PATH and in the folders of administrators, which an ordinary PATH leaves out. */
function findCommands(names) {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/local/sbin', '/usr/sbin', '/sbin']
  const there = (name) =>
    folders.some((folder) => {
      try {
        accessSync(join(folder, name), constants.X_OK)
        return true
      } catch {
        return false
      }
    })
  return new Set(names.filter(there))
}

/** The words to put before a command that needs root. */
function elevation() {
  if (process.getuid?.() === 0) return []
  if (findCommands(['sudo']).size === 0)
    throw new SetupError('This needs root, and sudo is not installed. Run it as root, or install sudo first.')
  return ['sudo']
}

function run(command) {
  console.log(`\n$ ${command.join(' ')}`)
  const result = spawnSync(command[0], command.slice(1), { stdio: 'inherit' })
  return result.status === 0
}

function must(command, sentence) {
  if (!run(command)) throw new SetupError(sentence)
}

/** Asks before something is changed; without a terminal there is nobody to ask. */
async function proceed(options) {
  if (options.yes || !process.stdin.isTTY) return true
  const terminal = createInterface({ input: process.stdin, output: process.stdout })
  const answer = (await terminal.question('\nProceed? [Y/n] ')).trim().toLowerCase()
  terminal.close()
  return answer === '' || answer === 'y' || answer === 'yes'
}

function list(entries) {
  const width = Math.max(...entries.map((entry) => entry.name.length))
  for (const entry of entries) console.log(`  ${entry.name.padEnd(width)}  ${entry.reason}`)
}

/** Commands that are there. A socket stands for an engine whose program is elsewhere (Docker Desktop, snap). */
function presentCommands(tests) {
  const commands = findCommands(wants.flatMap((want) => want.command ?? []))
  const sockets = ['/run/docker.sock', join(homedir(), '.docker/desktop/docker.sock')]
  // The tests start private engines and need the program itself.
  if (!tests && sockets.some((socket) => existsSync(socket))) commands.add('dockerd')
  return commands
}

/** What dpkg and apt know now. */
function lookApt(tests) {
  return planApt({
    installed: parseInstalled(
      read('dpkg-query', '-W', '-f', '${Package} ${Architecture} ${db:Status-Status}\n'),
      read('dpkg', '--print-architecture').trim(),
    ),
    candidates: parsePolicy(read('apt-cache', 'policy', ...packageNames())),
    commands: presentCommands(tests),
    tests,
  })
}

async function setupApt(options, system) {
  let { install, unresolved } = lookApt(options.tests)
  if (install.length === 0 && unresolved.length === 0) {
    console.log(`${system}: everything Porthole needs is installed.`)
    return
  }
  console.log(`${system}: to install`)
  list([...install, ...unresolved.map((entry) => ({ name: entry.names.join(' or '), reason: entry.reason }))])
  if (unresolved.length > 0)
    console.log('\nThe package lists are missing or old: apt-get update comes first.')
  if (options['dry-run']) return
  const sudo = elevation()
  if (sudo.length > 0) console.log('\nThis uses sudo, which may ask for your password.')
  if (!(await proceed(options))) {
    console.log('Nothing was changed.')
    return
  }

  // `sudo env`: sudo does not hand the environment on.
  const apt = [...sudo, 'env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get']
  let updated = false
  const update = () => {
    updated = true
    must([...apt, 'update'], 'apt-get update failed. Check the network and /etc/apt/sources.list.')
  }
  if (unresolved.length > 0) {
    update()
    ;({ install, unresolved } = lookApt(options.tests))
    if (unresolved.length > 0)
      throw new SetupError(
        `This system's package archive has none of: ${unresolved.map((entry) => entry.names.join(' or ')).join(', ')}.`,
      )
  }
  const command = () => [
    ...apt,
    'install',
    '-y',
    '--no-install-recommends',
    ...install.map((entry) => entry.name),
  ]
  if (!run(command())) {
    // Most often a package that the archive has replaced since the lists were fetched.
    if (!updated) {
      update()
      run(command())
    }
    // Where no service manager runs, a package can be whole though its service did not start.
    const after = lookApt(options.tests)
    const missing = [...after.install.map((entry) => entry.name), ...after.unresolved.flatMap((e) => e.names)]
    if (missing.length > 0) throw new SetupError(`apt-get could not install: ${missing.join(', ')}.`)
  }
  console.log('\nInstalled.')
}

function setupElsewhere(options, system) {
  const missing = planElsewhere({
    commands: presentCommands(options.tests),
    libraries: parseLibraries(read(findCommands(['ldconfig']).size ? 'ldconfig' : '/sbin/ldconfig', '-p')),
    tests: options.tests,
  })
  if (missing.length === 0) {
    console.log(`${system}: everything Porthole needs is installed.`)
    return
  }
  console.log(`${system} does not use apt, so please install these yourself:`)
  list(missing)
  if (!options['dry-run']) process.exitCode = 1
}

async function installHelper(options) {
  console.log('To install, owned by root, so that pkexec can start it:')
  list(helperFiles.map((file) => ({ name: file.to, reason: `from ${file.from}` })))
  if (options['dry-run']) return
  const absent = helperFiles.find((file) => !existsSync(join(root, file.from)))
  if (absent) throw new SetupError(`${absent.from} is not there. Run \`npm run build\` first.`)
  // The wrapper runs as root and trusts no PATH but root's own.
  if (!['/usr/local/bin/node', '/usr/bin/node'].some((file) => existsSync(file)))
    throw new SetupError(
      'The helper runs with the Node of this system, and there is none in /usr/bin or /usr/local/bin. Install the nodejs package first.',
    )
  const sudo = elevation()
  if (!(await proceed(options))) return
  for (const file of helperFiles)
    must(
      // Root's own copy: a link into this folder would let its owner decide what runs as root.
      [...sudo, 'install', '-D', '-o', 'root', '-g', 'root', '-m', file.mode, join(root, file.from), file.to],
      `${file.to} could not be written.`,
    )
}

async function removeHelper(options) {
  const present = helperFiles.filter((file) => existsSync(file.to))
  if (present.length === 0) {
    console.log('The helper is not installed.')
    return
  }
  console.log('To remove:')
  for (const file of present) console.log(`  ${file.to}`)
  if (options['dry-run']) return
  const sudo = elevation()
  if (!(await proceed(options))) return
  must([...sudo, 'rm', '-f', ...present.map((file) => file.to)], 'The helper could not be removed.')
  if (existsSync('/usr/libexec/porthole')) run([...sudo, 'rmdir', '/usr/libexec/porthole'])
}

function parseOptions() {
  try {
    const flag = { type: 'boolean', default: false }
    return parseArgs({
      options: {
        tests: flag,
        helper: flag,
        'remove-helper': flag,
        yes: flag,
        'dry-run': flag,
        help: flag,
      },
    }).values
  } catch (error) {
    throw new SetupError(`${error.message}\n\n${usage}`)
  }
}

async function main() {
  const options = parseOptions()
  if (options.help) {
    console.log(usage)
    return
  }
  if (process.platform !== 'linux')
    throw new SetupError(
      'Set-up is for Linux. On this system install Docker Desktop; nothing else is needed.',
    )
  if (options['remove-helper']) return removeHelper(options)
  if (options.helper) return installHelper(options)
  const osRelease = existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : ''
  const system = systemName(osRelease)
  if (isDebianLike(osRelease) && findCommands(['apt-get', 'dpkg-query']).size === 2)
    await setupApt(options, system)
  else setupElsewhere(options, system)
}

try {
  await main()
} catch (error) {
  if (!(error instanceof SetupError)) throw error
  console.error(error.message)
  process.exitCode = 1
}
