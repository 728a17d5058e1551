import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { until } from './until'
import { addUser, removeUser } from './user'

/** What polkit answers to the test user: `yes` without a password, `no`. */
export type Verdict = 'yes' | 'no'

/** How long a hook may wait for polkit, in milliseconds: other test files have their turn first. */
export const POLKIT_TURN_MS = 600_000

/** Held locked by the test file whose turn it is. */
const TURN = join(tmpdir(), 'porthole-polkit.lock')

/** Whether real polkit can be used here: its programs are there and this is root. */
export const hasPolkit: boolean =
  process.geteuid?.() === 0 &&
  ['/usr/bin/pkexec', '/usr/lib/polkit-1/polkitd', '/usr/bin/dbus-daemon', '/usr/sbin/useradd'].every(
    existsSync,
  )

/**
 * Real polkit with a real ordinary user: a system bus and polkitd (started only when none runs),
 * and a rule that decides for that user. `stop` undoes all of it.
 */
export class Polkit {
  readonly user: string
  readonly #started: ChildProcess[]
  readonly #turn: number

  private constructor(user: string, started: ChildProcess[], turn: number) {
    this.user = user
    this.#started = started
    this.#turn = turn
  }

  /** Waits until no other test file has it: there is one polkit on a machine. */
  static async start(): Promise<Polkit> {
    const turn = openSync(TURN, 'w')
    await once(spawn('flock', ['3'], { stdio: ['ignore', 'ignore', 'inherit', turn] }), 'exit')
    const user = addUser({ subordinateIds: false })
    const started: ChildProcess[] = []
    if (!running('dbus-daemon', '--system')) {
      mkdirSync('/run/dbus', { recursive: true })
      rmSync('/run/dbus/pid', { force: true })
      rmSync('/run/dbus/system_bus_socket', { force: true })
      started.push(spawn('dbus-daemon', ['--system', '--nofork', '--nopidfile'], { stdio: 'ignore' }))
      await until('the system bus', () => existsSync('/run/dbus/system_bus_socket'))
    }
    if (!running('polkitd', '')) {
      started.push(spawn('/usr/lib/polkit-1/polkitd', ['--no-debug'], { stdio: 'ignore' }))
      await until('polkitd', () =>
        execFileSync(
          'dbus-send',
          ['--system', '--print-reply', '--dest=org.freedesktop.DBus', '/', 'org.freedesktop.DBus.ListNames'],
          { stdio: ['ignore', 'pipe', 'ignore'] },
        )
          .toString()
          .includes('org.freedesktop.PolicyKit1'),
      )
    }
    return new Polkit(user, started, turn)
  }

  get #rules(): string {
    return `/etc/polkit-1/rules.d/10-${this.user}.rules`
  }

  /** Decides for the user from now on; returns when polkitd has taken the rule. */
  async decide(verdict: Verdict): Promise<void> {
    writeFileSync(
      `${this.#rules}.new`,
      `polkit.addRule(function (action, subject) {
  if (subject.user === "${this.user}" && action.id === "org.freedesktop.policykit.exec")
    return polkit.Result.${verdict.toUpperCase()};
});
`,
    )
    renameSync(`${this.#rules}.new`, this.#rules)
    await until(`polkit to say ${verdict}`, () => this.asks() === verdict)
  }

  /** What polkit says now. */
  private asks(): Verdict {
    try {
      execFileSync('su', [this.user, '-c', 'pkexec --disable-internal-agent true'], { stdio: 'ignore' })
      return 'yes'
    } catch {
      return 'no'
    }
  }

  async stop(): Promise<void> {
    rmSync(this.#rules, { force: true })
    for (const child of this.#started.reverse()) {
      child.kill()
      await until('the service to end', () => child.exitCode !== null || child.signalCode !== null)
    }
    removeUser(this.user)
    closeSync(this.#turn)
  }
}

function running(name: string, argument: string): boolean {
  return readdirSync('/proc').some((pid) => {
    try {
      if (!/^\d+$/.test(pid) || readFileSync(`/proc/${pid}/comm`, 'utf8').trim() !== name) return false
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(argument)
    } catch {
      return false
    }
  })
}
