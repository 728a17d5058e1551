import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { contract } from '../../electron/contract/contract'
import { createEngineService } from '../../electron/services/engine'
import { createPrivileged } from '../../electron/services/privileged'
import { createRuntimeService, type RuntimeList, type RuntimeService } from '../../electron/services/runtime'
import { createTopologyService } from '../../electron/services/topology'
import { Lab, generations } from '../support/lab'
import { until } from '../support/until'

const never = new AbortController().signal
const FEATURES = 'org.opencontainers.runtime-spec.features'

function serviceFor(lab: Lab): RuntimeService {
  const log = () => undefined
  const engine = createEngineService({ endpoint: lab.endpoint, env: {}, log })
  const privileged = createPrivileged({ env: process.env, log })
  onTestFinished(async () => {
    await engine.dispose()
    await privileged.dispose()
  })
  return createRuntimeService({
    engine,
    privileged,
    topology: createTopologyService(engine),
    config: () => Promise.reject(new Error('not asked here')),
  })
}

async function list(lab: Lab): Promise<RuntimeList> {
  const answer = await serviceFor(lab).list(never)
  expect(contract['runtime.list'].output.parse(answer)).toEqual(answer)
  return answer
}

interface Inspected {
  Id: string
  Name: string
  State: { Pid: number }
  HostConfig: { Runtime: string; Memory: number; NanoCpus: number; PidsLimit: number | null }
}

function inspect(lab: Lab): Inspected[] {
  const ids = lab.docker('ps', '--all', '--quiet', '--no-trunc').trim().split('\n').filter(Boolean)
  return JSON.parse(lab.docker('inspect', ...ids)) as Inspected[]
}

/** Path of a program, or undefined. */
function which(program: string): string | undefined {
  try {
    return execFileSync('sh', ['-c', `command -v ${program}`], { encoding: 'utf8' }).trim()
  } catch {
    return undefined
  }
}

const crun = which('crun')

describe.each(generations)('runtimes of a real engine (%s)', (generation) => {
  let lab: Lab
  beforeAll(async () => {
    const runtimes = {
      second: { path: which('runc') ?? 'runc' },
      ...(crun === undefined ? {} : { crun: { path: crun } }),
    }
    lab = await Lab.start({ generation, config: JSON.stringify({ runtimes }) })
    lab.importBusybox()
    const run = (...args: string[]) => lab.docker('run', '-d', '--network', 'none', ...args)
    run(
      ...['--name', 'limited', '--memory', '64m', '--memory-reservation', '32m', '--cpus', '0.5'],
      ...['--pids-limit', '50', '--cpu-shares', '512', '--env', 'TOKEN=abc-not-to-be-seen'],
      ...['busybox:lab', 'sh', '-c', 'sleep 8888 & exec sleep 9999'],
    )
    run('--name', 'other', '--runtime', 'second', 'busybox:lab', 'sleep', '9999')
    lab.docker('create', '--name', 'asleep', '--network', 'none', 'busybox:lab', 'true')
  })
  afterAll(async () => {
    lab.docker('kill', 'limited', 'other')
    await lab.stop()
  })

  it('equal docker info, and their users docker inspect', async () => {
    const answer = await list(lab)
    const info = (await lab.info()) as {
      DefaultRuntime: string
      CgroupDriver: string
      Runtimes: Record<string, { path?: string; status?: Record<string, string> }>
    }
    expect(answer).toMatchObject({
      defaultRuntime: info.DefaultRuntime,
      cgroupDriver: info.CgroupDriver,
      unseen: [],
    })
    expect(answer.runtimes.map(({ name }) => name)).toEqual(Object.keys(info.Runtimes).sort())
    const containers = inspect(lab)
    for (const runtime of answer.runtimes) {
      const told = info.Runtimes[runtime.name]
      expect(runtime.path).toBe(told?.path)
      expect(runtime.isDefault).toBe(runtime.name === info.DefaultRuntime)
      expect(runtime.missing).toBe(false)
      expect(runtime.containers.map(({ id }) => id).sort()).toEqual(
        containers
          .filter(({ HostConfig }) => HostConfig.Runtime === runtime.name)
          .map(({ Id }) => Id)
          .sort(),
      )
      const features = JSON.parse(told?.status?.[FEATURES] ?? 'null') as {
        ociVersionMax: string
        linux: { namespaces: string[]; cgroup: object; capabilities: string[]; seccomp: { enabled: boolean } }
        annotations: Record<string, string>
      } | null
      if (features === null) expect(runtime.features).toBeUndefined()
      else
        expect(runtime.features).toMatchObject({
          ociVersionMax: features.ociVersionMax,
          version: features.annotations['org.opencontainers.runc.version'],
          namespaces: features.linux.namespaces,
          capabilities: features.linux.capabilities.length,
          cgroup: features.linux.cgroup,
          seccomp: features.linux.seccomp.enabled,
          annotations: features.annotations,
        })
    }
    expect(answer.runtimes.some(({ features }) => features !== undefined)).toBe(generation === 'next')
  })

  it('tell containerd, shims, bundles and state folders as they are', async () => {
    const answer = await list(lab)
    const version = JSON.parse((await lab.get('/version')).body) as {
      Components: { Name: string; Version: string }[]
    }
    expect(answer.containerd).toMatchObject({
      version: version.Components.find(({ Name }) => Name === 'containerd')?.Version,
      address: `${lab.execRoot}/containerd/containerd.sock`,
      managed: true,
      namespaces: { containers: 'moby', plugins: 'plugins.moby' },
    })
    for (const { Id, Name, State, HostConfig } of inspect(lab)) {
      const container = answer.containers.find(({ id }) => id === Id)
      expect(container).toMatchObject({ name: Name.slice(1), runtime: HostConfig.Runtime })
      expect(container?.pid).toBe(State.Pid || undefined)
      if (State.Pid === 0) {
        expect(container).not.toHaveProperty('bundle')
        continue
      }
      expect(answer.shims.map(({ pid }) => pid)).toContain(container?.shimPid)
      expect(readFileSync(join(container?.bundle ?? '', 'init.pid'), 'utf8')).toBe(String(State.Pid))
      const state = JSON.parse(readFileSync(join(container?.stateDir ?? '', 'state.json'), 'utf8')) as {
        init_process_pid: number
      }
      expect(state.init_process_pid).toBe(State.Pid)
    }
  })

  it('tell the limits that docker inspect tells, and the kernel’s pressure', async () => {
    const limited = (await list(lab)).containers.find(({ name }) => name === 'limited')
    const told = inspect(lab).find(({ Name }) => Name === '/limited')?.HostConfig
    expect(limited?.cgroup).toMatchObject({
      path: expect.stringContaining(limited?.id ?? '') as string,
      memory: { limitBytes: told?.Memory, reservationBytes: 32 * 1024 * 1024, oomKills: 0 },
      cpu: { cpus: (told?.NanoCpus ?? 0) / 1e9 },
      pids: { limit: told?.PidsLimit, current: 2 },
    })
    expect(limited?.cgroup?.memory.usedBytes).toBeGreaterThan(0)
    const other = (await list(lab)).containers.find(({ name }) => name === 'other')
    expect(other?.cgroup?.memory.limitBytes).toBeUndefined()
    expect(other?.cgroup?.cpu.cpus).toBeUndefined()
    if (existsSync('/proc/pressure/memory'))
      expect(limited?.cgroup?.pressure?.memory?.some.avg10).toBeGreaterThanOrEqual(0)
  })

  it('are the end of a tree that reaches to the last child', async () => {
    const service = serviceFor(lab)
    const tree = await until('the child to be there', async () => {
      const now = await service.processes(never)
      return now.processes.some(({ command }) => command === 'sleep 8888') ? now : undefined
    })
    expect(contract['runtime.processes'].output.parse(tree)).toEqual(tree)
    const rows = tree.processes.filter(({ container }) => container?.name === 'limited')
    expect(rows.map(({ role, depth }) => [role, depth])).toEqual([
      ['shim', 2],
      ['init', 3],
      ['process', 4],
    ])
    const place = new Map(tree.processes.map(({ pid, depth }) => [pid, depth]))
    for (const { under, depth } of tree.processes)
      if (under !== undefined) expect(place.get(under)).toBe(depth - 1)
  })

  it('show a bundle’s config.json without the values of its environment', async () => {
    const [limited, asleep] = ['limited', 'asleep'].map((name) =>
      inspect(lab).find(({ Name }) => Name === `/${name}`),
    )
    const service = serviceFor(lab)
    const bundle = await service.bundle(limited?.Id ?? '', never)
    expect(contract['runtime.bundle'].output.parse(bundle)).toEqual(bundle)
    expect(bundle.path).toBe(
      (await service.list(never)).containers.find(({ id }) => id === limited?.Id)?.bundle,
    )
    expect(bundle.text).not.toContain('not-to-be-seen')
    const config = JSON.parse(bundle.text) as { process: { env: string[] }; linux: { cgroupsPath: string } }
    expect(config.process.env).toContain('TOKEN=*****')
    expect(config.linux.cgroupsPath).toContain(limited?.Id)
    expect(bundle.masked).toBeGreaterThanOrEqual(config.process.env.length)
    await expect(service.bundle(asleep?.Id ?? '', never)).rejects.toMatchObject({ code: 'runtime/no-bundle' })
  })

  it('know crun, and show a container that uses it', async ({ skip }) => {
    if (crun === undefined) skip('There is no crun on this machine: apt-get install crun')
    const create = ['create', '--network', 'none', '--name', 'by-crun', '--runtime', 'crun']
    lab.docker(...create, 'busybox:lab', 'sleep', '9999')
    onTestFinished(() => void lab.docker('rm', '--force', 'by-crun'))
    let refusal: string | undefined
    try {
      lab.docker('start', 'by-crun')
    } catch (error) {
      refusal = String(error)
    }
    const answer = await list(lab)
    expect(answer.runtimes.find(({ name }) => name === 'crun')).toMatchObject({
      path: crun,
      containers: [{ name: 'by-crun', running: refusal === undefined }],
    })
    const shim = answer.containers.find(({ name }) => name === 'by-crun')?.shimPid
    expect(shim !== undefined).toBe(refusal === undefined)
    if (refusal !== undefined) skip(`It is registered and told of; it does not run here: ${refusal}`)
  })
})
