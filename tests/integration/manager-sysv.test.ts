import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readDaemon } from '../../electron/helper/daemon'
import { changeLife } from '../../electron/helper/lifecycle'
import { findManager, machine } from '../../electron/helper/manager'
import { generations, Lab } from '../support/lab'
import { stopAll } from '../support/plain-daemon'
import { until } from '../support/until'

/** The init script of Debian's package as far as it starts and stops dockerd, with other places. */
const SCRIPT = (folder: string, lab: Lab): string => `#!/bin/sh
set -e
BASE=docker
DOCKERD=${lab.binary}
DOCKER_PIDFILE=${lab.pidfile}
DOCKER_SSD_PIDFILE=${join(folder, 'docker-ssd.pid')}
DOCKER_LOGFILE=${lab.logFile}
DOCKER_OPTS=

if [ -f ${join(folder, 'defaults')} ]; then
	. ${join(folder, 'defaults')}
fi
PATH=${lab.path}

case "$1" in
	start)
		start-stop-daemon --start --background --no-close --exec "$DOCKERD" \\
			--pidfile "$DOCKER_SSD_PIDFILE" --make-pidfile \\
			-- -p "$DOCKER_PIDFILE" $DOCKER_OPTS >> "$DOCKER_LOGFILE" 2>&1
		;;
	stop)
		echo stop >> ${join(folder, 'stops')}
		start-stop-daemon --stop --pidfile "$DOCKER_SSD_PIDFILE" --remove-pidfile --retry 10
		;;
esac
`

describe.each(generations)('a dockerd of an init script (%s)', (generation) => {
  const before = { ...machine }
  let lab: Lab
  let folder: string

  const question = () => ({ path: lab.configFile, socketPath: lab.socket })
  const running = (): number | undefined => {
    const pid = Number(existsSync(machine.initPidfile) ? readFileSync(machine.initPidfile, 'utf8') : 0)
    return readDaemon(pid)?.pid
  }

  beforeAll(() => {
    lab = Lab.prepare({ generation, config: '{"shutdown-timeout": 1}\n' })
    folder = mkdtempSync(join(tmpdir(), 'porthole-init-'))
    Object.assign(machine, {
      hasSystemd: () => false,
      initScript: join(folder, 'docker'),
      initDefaults: join(folder, 'defaults'),
      initPidfile: join(folder, 'docker-ssd.pid'),
      initLog: lab.logFile,
      runFolder: join(folder, 'run'),
    } satisfies Partial<typeof machine>)
    const flags = lab.command.slice(1).filter((word, i, all) => ![word, all[i - 1]].includes('--pidfile'))
    writeFileSync(machine.initDefaults, `DOCKER_OPTS="${flags.join(' ')}"\n`)
    writeFileSync(machine.initScript, SCRIPT(folder, lab))
    chmodSync(machine.initScript, 0o755)
  })
  afterAll(async () => {
    Object.assign(machine, before)
    await stopAll(lab)
    rmSync(folder, { recursive: true })
  })

  it('is found while it is down, by the options in the script’s file of defaults', async () => {
    const manager = await findManager(question())
    expect(manager).toMatchObject({ kind: 'sysv', unit: machine.initScript, controllable: true })
    expect(await manager.state()).toEqual({
      manager: 'sysv',
      unit: machine.initScript,
      activeState: 'inactive',
    })
    expect(await manager.command()).toEqual(
      expect.arrayContaining([lab.binary, '-p', lab.pidfile, '--bridge']),
    )
    expect(await manager.configFile()).toBe(lab.configFile)
  })

  it('starts, restarts and stops by the script, and is asked to end before the script would kill it', async () => {
    const started = await changeLife('start', question())
    expect(started).toMatchObject({ outcome: 'done', problems: [] })
    expect(started.evidence.log[0]).toBe(`${machine.initScript} start`)
    const first = running()
    expect(await (await findManager({ ...question(), pid: first })).state()).toMatchObject({
      manager: 'sysv',
      activeState: 'active',
      pid: first,
    })

    const restarted = await changeLife('restart', { ...question(), pid: first })
    expect(restarted).toMatchObject({ outcome: 'done', evidence: { restart: { pidBefore: first } } })
    expect(running()).not.toBe(first)
    expect((await lab.get('/_ping')).status).toBe(200)

    const stopped = await changeLife('stop', { ...question(), pid: running() })
    expect(stopped).toMatchObject({ outcome: 'done', problems: [] })
    expect(stopped.evidence.log).toEqual([
      expect.stringMatching(/^SIGTERM to dockerd \(pid \d+\)$/),
      'dockerd has ended',
      `${machine.initScript} stop`,
      `nobody listens on ${lab.socket} any more`,
    ])
    expect(readFileSync(join(folder, 'stops'), 'utf8')).toBe('stop\n')
  })

  it('says what dockerd said when it does not start', async () => {
    writeFileSync(lab.configFile, '{"storage-driver": "nope"}\n')
    const failed = await changeLife('start', question())
    expect(failed).toMatchObject({ outcome: 'failed', problems: [{ code: 'apply/not-started' }] })
    expect(failed.daemonSaid.join('\n')).toMatch(/driver not supported/)
    await until('dockerd to be gone', () => running() === undefined)
  })
})
