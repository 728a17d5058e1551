import { spawn, type ChildProcess } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { ItemOf, OutputOf } from '../../electron/contract/contract'
import { dropInText } from '../../electron/helper/traces-drop-in'
import { tracesEndpointOf } from '../../electron/helper/traces-environment'
import { createClient, type Client } from '../../electron/rpc/client'
import { serve } from '../../electron/rpc/host'
import { memoryPair } from '../../electron/rpc/memory'
import { createCore, type Core } from '../../electron/services/core'
import { openTraceInbox } from '../../electron/services/flow'
import { Lab, nextBin } from '../support/lab'
import { runQuick, running } from '../support/plain-daemon'
import { standInProgram, type StandInProgram } from '../support/stand-in-program'
import { Supervisor } from '../support/supervisor'
import { until } from '../support/until'

const NO_NEXT = 'There is no dockerd of 25 or newer: set PORTHOLE_TEST_DOCKERD.'

// A real dockerd kept by a stand-in for systemd (tests/support/supervisor.ts).
describe('traces of a dockerd that is a unit', () => {
  let lab: Lab
  let unit: Supervisor
  let port: number
  let endpoint: string
  let folder: string
  let dropIn: string
  /** Makes dockerd refuse to start as long as it is told to send traces. */
  let refusal: string

  beforeEach((context) => context.skip(nextBin === undefined, NO_NEXT))
  beforeAll(async () => {
    if (nextBin === undefined) return
    lab = Lab.prepare({ generation: 'next', config: '{"shutdown-timeout": 1}\n' })
    refusal = join(lab.dir, 'refuse')
    const wrapper = join(lab.dir, 'dockerd')
    const [program, ...flags] = lab.command
    writeFileSync(wrapper, refusing(program ?? '', refusal))
    chmodSync(wrapper, 0o755)
    Object.defineProperty(lab, 'command', { value: [wrapper, ...flags] })
    unit = (await Supervisor.over(lab)).install()
    folder = join(unit.unitFolder, 'docker.service.d')
    dropIn = join(folder, 'porthole-traces.conf')
    await unit.boot()
    lab.importBusybox()
    const probe = await openTraceInbox()
    endpoint = probe.endpoint
    port = Number(new URL(endpoint).port)
    await probe.close()
  })
  afterAll(async () => {
    if (nextBin === undefined) return
    await unit.end()
    await lab.stop()
  })
  afterEach(() => {
    if (nextBin === undefined) return
    // Whatever it was, the host has its daemon.
    expect(unit.activeState).toBe('active')
    rmSync(refusal, { force: true })
  })

  const cores: Core[] = []
  function porthole(): Client {
    const core = createCore({ endpoint: lab.endpoint, env: { PATH: lab.path }, log: () => undefined })
    cores.push(core)
    const pair = memoryPair()
    serve({ ...core.served, validateOutput: true }, pair.host, {
      access: new Set(['read', 'write', 'admin']),
      carrier: 'process',
    })
    return createClient(pair.client)
  }
  afterEach(async () => {
    for (const core of cores.splice(0)) await core.dispose()
  })

  const states = (steps: OutputOf<'flow.sendTraces'>['steps']): string[] =>
    steps.filter(({ state }) => state !== 'running').map(({ step, state }) => `${step} ${state}`)

  /** Waits for the observers to be as `wanted`. */
  async function observers(
    client: Client,
    wanted: (now: ItemOf<'flow.observers'>) => boolean,
  ): Promise<ItemOf<'flow.observers'>> {
    for await (const { items } of client.watch('flow.observers', {}))
      for (const now of items) if (wanted(now)) return now
    throw new Error('The observers ended.')
  }

  async function tracedRun(client: Client): Promise<OutputOf<'flow.spans'>['spans']> {
    const name = `traced${Date.now()}`
    lab.docker('run', '--rm', '--network', 'none', '--name', name, 'busybox:lab', 'true')
    for await (const { items } of client.watch('flow.requests', {})) {
      const found = items.find(
        ({ path, observedBy }) =>
          path.includes(`create?name=${name}`) || (path.endsWith('/start') && observedBy.includes('trace')),
      )
      if (found?.observedBy.includes('trace') !== true) continue
      const { spans } = await client.call('flow.spans', { id: found.id })
      if (spans.length > 1) return spans
    }
    throw new Error('The requests ended.')
  }

  it('begin with a drop-in and a restart, and end with both', { timeout: 90_000 }, async () => {
    const client = porthole()
    expect(await observers(client, ({ sending }) => sending !== undefined)).toMatchObject({
      sending: { unit: 'docker.service' },
      observers: [{ kind: 'trace', state: 'possible', needs: 'send-traces' }, {}, {}, {}],
    })
    const pidBefore = unit.pid
    const sent = await client.call('flow.sendTraces', { port })
    expect(sent).toMatchObject({
      outcome: 'done',
      problems: [],
      evidence: { restart: { pidBefore, pidAfter: unit.pid } },
    })
    expect(states(sent.steps)).toEqual(['write done', 'activate done', 'verify done'])
    expect(readFileSync(dropIn, 'utf8')).toBe(dropInText(endpoint))
    expect(statSync(dropIn)).toMatchObject({ mode: 0o100_644, uid: 0, gid: 0 })
    expect(readdirSync(folder)).toEqual(['porthole-traces.conf'])
    expect(tracesEndpointOf(unit.pid ?? 0)).toBe(endpoint)
    const spans = await tracedRun(client)
    expect(spans[0]).toMatchObject({ depth: 0, kind: 'server' })
    expect(await observers(client, ({ standsOn }) => standsOn === 'trace')).toMatchObject({
      sending: { dropIn: { path: dropIn, endpoint } },
      traces: { endpoint },
    })

    // Once more is nothing more.
    const { pid } = unit
    expect(states((await client.call('flow.sendTraces', {})).steps)).toEqual([
      'write skipped',
      'activate skipped',
    ])
    expect(unit.pid).toBe(pid)

    // Another Porthole, later: the drop-in says where to listen, and nobody else may be there.
    await cores.shift()?.dispose()
    const later = porthole()
    expect(await observers(later, ({ traces }) => traces?.heardAt !== undefined)).toMatchObject({
      traces: { endpoint },
    })
    const second = porthole()
    expect(
      (await observers(second, ({ observers: [trace] }) => trace?.obstacle === 'port-taken')).observers[0],
    ).toEqual({ kind: 'trace', state: 'possible', needs: 'start-traces', obstacle: 'port-taken' })
    await expect(second.call('flow.startTraces', {})).rejects.toMatchObject({ code: 'flow/port-taken' })

    const ended = await later.call('flow.endTraces', {})
    expect(ended).toMatchObject({ outcome: 'done', problems: [] })
    expect(existsSync(folder)).toBe(false)
    expect(tracesEndpointOf(unit.pid ?? 0)).toBeUndefined()
    expect(states((await later.call('flow.endTraces', {})).steps)).toEqual([
      'write skipped',
      'activate skipped',
    ])
  })

  it('are undone, and containers started again, when dockerd does not start with them', async () => {
    writeFileSync(refusal, '')
    runQuick(lab, 'plain')
    const client = porthole()
    const sent = await client.call('flow.sendTraces', { port })
    expect(sent).toMatchObject({ outcome: 'rolled-back', problems: [{ code: 'apply/not-started' }] })
    expect(sent.problems).toHaveLength(1)
    expect(sent.evidence.restart?.restarted).toEqual(['plain'])
    expect(existsSync(folder)).toBe(false)
    expect(running(lab)).toEqual(['plain'])
    expect((await client.call('flow.startTraces', { port })).endpoint).toBe(endpoint)
    lab.docker('rm', '-f', 'plain')
  })

  it('leave what is somebody else’s alone', async () => {
    const client = porthole()
    const { pid } = unit
    mkdirSync(folder)
    writeFileSync(dropIn, '[Service]\nEnvironment=A=b\n')
    await expect(client.call('flow.sendTraces', { port })).rejects.toMatchObject({
      code: 'flow/drop-in-foreign',
    })
    await expect(client.call('flow.endTraces', {})).rejects.toMatchObject({ code: 'flow/drop-in-foreign' })
    expect(readFileSync(dropIn, 'utf8')).toBe('[Service]\nEnvironment=A=b\n')
    expect(readdirSync(folder)).toEqual(['porthole-traces.conf'])
    rmSync(folder, { recursive: true })
    writeFileSync(lab.configFile, '{"shutdown-timeout": "soon"}\n')
    await expect(client.call('flow.sendTraces', { port })).rejects.toMatchObject({ code: 'config/invalid' })
    writeFileSync(lab.configFile, '{"shutdown-timeout": 1}\n')
    expect([existsSync(folder), unit.pid]).toEqual([false, pid])
  })

  describe('by the command line', () => {
    let program: StandInProgram
    beforeAll(async () => {
      if (nextBin !== undefined) program = await standInProgram(unit)
    })
    afterAll(() => {
      if (nextBin !== undefined) program.remove()
    })

    function run(
      name: string,
      input: object,
    ): { child: ChildProcess; ended: Promise<{ code: number | null; stdout: string }> } {
      const child = spawn(
        process.execPath,
        [program.cli, 'call', name, JSON.stringify(input), '--endpoint', lab.endpoint],
        {
          env: { ...process.env, PATH: lab.path },
          stdio: ['ignore', 'pipe', 'inherit'],
        },
      )
      let stdout = ''
      child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
      return {
        child,
        ended: new Promise((resolve) => child.on('close', (code) => resolve({ code, stdout }))),
      }
    }

    /** pid of the process that holds the lock of the daemon. */
    function keeper(): number | undefined {
      try {
        const lock = readFileSync(join(lab.dir, 'daemon.json.porthole-lock'), 'utf8')
        const { pid } = JSON.parse(lock) as { pid: number }
        return /\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8')) ? undefined : pid
      } catch {
        return undefined
      }
    }
    const answers = (): Promise<boolean> =>
      lab.get('/_ping').then(
        ({ status }) => status === 200,
        () => false,
      )
    const restarting = (): boolean => unit.calls.some((call) => call.startsWith('restart'))

    it('goes on when the one who asked is killed in the middle', { timeout: 60_000 }, async () => {
      const killed = async (name: string, input: object, moment: () => boolean): Promise<void> => {
        unit.calls.length = 0
        const { child, ended } = run(name, input)
        await until('the moment to kill', moment, { everyMs: 1 })
        child.kill('SIGKILL')
        await ended
        await until('the keeper to end', () => keeper() === undefined)
        await until('dockerd to answer', answers)
      }
      await killed('flow.sendTraces', { port }, () => existsSync(dropIn))
      expect(readdirSync(folder)).toEqual(['porthole-traces.conf'])
      expect(tracesEndpointOf(unit.pid ?? 0)).toBe(endpoint)
      await killed('flow.endTraces', {}, restarting)
      expect(existsSync(folder)).toBe(false)
      expect(tracesEndpointOf(unit.pid ?? 0)).toBeUndefined()
    })

    it(
      'is undone by whoever is left when the one who sees it through is killed',
      { timeout: 60_000 },
      async () => {
        writeFileSync(refusal, '')
        unit.calls.length = 0
        const { ended } = run('flow.sendTraces', { port })
        await until('the restart', restarting, { everyMs: 1 })
        process.kill(keeper() ?? 0, 'SIGKILL')
        expect((await ended).code).toBe(1)
        await until('dockerd to answer', answers)
        expect(existsSync(folder)).toBe(false)
        expect(tracesEndpointOf(unit.pid ?? 0)).toBeUndefined()
      },
    )
  })
})

/** A dockerd that ends at once with traces, while a file says so: no real one does. */
function refusing(dockerd: string, file: string): string {
  return `#!/bin/sh
if [ -e '${file}' ] && [ -n "$OTEL_EXPORTER_OTLP_ENDPOINT" ]; then
  echo 'time="2026-01-01T00:00:00Z" level=fatal msg="no traces today"' >&2
  exit 1
fi
exec '${dockerd}' "$@"
`
}
