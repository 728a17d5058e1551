import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { existsSync, rmSync } from 'node:fs'
import { until } from './until'

const JOURNALD = ['/lib/systemd/systemd-journald', '/usr/lib/systemd/systemd-journald'].find(existsSync)
const RUN = '/run/systemd/journal'
const VOLATILE = '/run/log/journal'

/** Whether a real journal can be used here: its programs are there and this is root. */
export const hasJournald: boolean =
  process.geteuid?.() === 0 &&
  JOURNALD !== undefined &&
  ['/usr/bin/journalctl', '/usr/bin/systemd-cat', '/usr/bin/setpriv'].every(existsSync)

/**
 * A real systemd-journald, started by hand only when none runs; without systemd there are no
 * units in it, so entries are told apart by an identifier of this test's own.
 */
export class Journald {
  readonly identifier = `porthole-test-${process.pid}`
  /** journalctl arguments that find this test's entries. */
  readonly match: readonly string[] = [`--identifier=${this.identifier}`]
  readonly #child: ChildProcess | undefined
  readonly #hadFiles = existsSync(VOLATILE)

  private constructor(child: ChildProcess | undefined) {
    this.#child = child
  }

  static async start(): Promise<Journald> {
    if (spawnSync('systemd-cat', ['true']).status === 0) return new Journald(undefined)
    const journald = new Journald(spawn(JOURNALD ?? '', [], { stdio: 'ignore' }))
    await until('journald to listen', () => spawnSync('systemd-cat', ['true']).status === 0)
    return journald
  }

  /** Writes bytes as a service's standard error would arrive, and waits until they are readable. */
  async write(bytes: string | Buffer): Promise<void> {
    const before = this.#count()
    spawnSync('systemd-cat', ['-t', this.identifier], { input: bytes })
    await until('the journal to have it', () => this.#count() > before)
  }

  #count(): number {
    const { stdout } = spawnSync('journalctl', ['--output=cat', ...this.match], { encoding: 'utf8' })
    return stdout.split('\n').length
  }

  /** Ends the journald that was started here, and removes what it wrote. */
  async stop(): Promise<void> {
    const child = this.#child
    if (!child) return
    child.kill()
    await until('journald to end', () => child.exitCode !== null || child.signalCode !== null)
    rmSync(RUN, { recursive: true, force: true })
    if (!this.#hadFiles) rmSync(VOLATILE, { recursive: true, force: true })
  }
}
