import { execFileSync } from 'node:child_process'
import { readFileSync, readdirSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { createEngineService } from '../../electron/services/engine'
import { createPrivileged } from '../../electron/services/privileged'
import { createRuntimeService, type RuntimeService } from '../../electron/services/runtime'
import { createTopologyService, type TopologyService } from '../../electron/services/topology'
import { startContainerd, type SeparateContainerd } from '../support/containerd'
import { Lab, generations } from '../support/lab'

const never = new AbortController().signal

function servicesFor(lab: Lab): { topology: TopologyService; runtime: RuntimeService } {
  const log = () => undefined
  const engine = createEngineService({ endpoint: lab.endpoint, env: {}, log })
  const privileged = createPrivileged({ env: process.env, log })
  onTestFinished(async () => {
    await engine.dispose()
    await privileged.dispose()
  })
  const topology = createTopologyService(engine)
  return {
    topology,
    runtime: createRuntimeService({
      engine,
      privileged,
      topology,
      config: () => Promise.reject(new Error('not asked here')),
    }),
  }
}

function commandLines(): string[] {
  return readdirSync('/proc').flatMap((pid) => {
    try {
      return /^\d+$/.test(pid) ? [readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')] : []
    } catch {
      return []
    }
  })
}

describe.each(generations)('a containerd that runs by itself (%s)', (generation) => {
  let separate: SeparateContainerd
  let lab: Lab
  beforeAll(async () => {
    separate = await startContainerd(generation)
    // By its file: a flag stands in the command line, where everybody looks first.
    lab = await Lab.start({ generation, config: JSON.stringify({ containerd: separate.address }) })
    lab.importBusybox()
    lab.docker('run', '-d', '--network', 'none', '--name', 'one', 'busybox:lab', 'sleep', '9999')
  })
  afterAll(async () => {
    lab.docker('rm', '--force', 'one')
    await lab.stop()
    await separate.stop()
  })

  it('is found, and taken for nobody’s child', async () => {
    const { processes, sockets } = await servicesFor(lab).topology.topology(never)
    expect(processes.find(({ role }) => role === 'containerd')).toMatchObject({
      pid: separate.pid,
      managed: false,
      under: lab.pid,
      ppid: process.pid,
    })
    const pid = Number(lab.docker('inspect', '--format', '{{.State.Pid}}', 'one'))
    expect(processes.filter(({ role }) => role === 'init')).toMatchObject([
      { pid, container: { name: 'one' } },
    ])
    expect(sockets.find(({ kind }) => kind === 'containerd')).toMatchObject({
      path: separate.address,
      listener: separate.pid,
    })
  })

  it('keeps its bundles in its own state, where the helper finds them', async () => {
    const { runtime } = servicesFor(lab)
    const { containers, containerd } = await runtime.list(never)
    const [one] = containers
    expect(containerd).toMatchObject({ pid: separate.pid, address: separate.address, managed: false })
    expect(one?.bundle).toBe(`${separate.state}/io.containerd.runtime.v2.task/moby/${one?.id ?? ''}`)
    expect((await runtime.bundle(one?.id ?? '', never)).path).toBe(one?.bundle)
  })

  it('may serve others too, whose shims are not told of', async () => {
    const ctr = (...args: string[]) =>
      execFileSync('ctr', ['--address', separate.address, '--namespace', 'other', ...args], {
        env: lab.env,
        stdio: ['ignore', 'pipe', 'pipe'],
      })
    const merged = lab.docker('inspect', '--format', '{{.GraphDriver.Data.MergedDir}}', 'one').trim()
    ctr('run', '--detach', '--rootfs', merged, 'stranger', '/bin/sleep', '9999')
    onTestFinished(() => {
      ctr('task', 'kill', '--signal', 'SIGKILL', 'stranger')
      ctr('task', 'delete', '--force', 'stranger')
      ctr('container', 'delete', 'stranger')
    })
    expect(commandLines().some((line) => line.includes(`-namespace other -id stranger`))).toBe(true)
    const { processes } = await servicesFor(lab).topology.topology(never)
    expect(processes.filter(({ role }) => role === 'shim')).toHaveLength(1)
  })
})
