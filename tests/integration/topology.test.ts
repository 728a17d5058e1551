import { execFileSync } from 'node:child_process'
import { connect } from 'node:net'
import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { contract } from '../../electron/contract/contract'
import { createEngineService } from '../../electron/services/engine'
import { createTopologyService, type Topology } from '../../electron/services/topology'
import { Lab, generations } from '../support/lab'
import { until } from '../support/until'

const never = new AbortController().signal

async function look(lab: Lab): Promise<Topology> {
  const engine = createEngineService({ endpoint: lab.endpoint, env: {}, log: () => undefined })
  onTestFinished(() => engine.dispose())
  const topology = await createTopologyService(engine).topology(never)
  expect(contract['flow.topology'].output.parse(topology)).toEqual(topology)
  return topology
}

/** What `ps` says of processes: parent and name by id. */
function ps(): Map<number, { ppid: number; args: string }> {
  const lines = execFileSync('ps', ['-eo', 'pid=,ppid=,args=', '-ww'], { encoding: 'utf8' }).split('\n')
  return new Map(
    lines.flatMap((line) => {
      const match = /^ *(\d+) +(\d+) (.*)$/.exec(line)
      return match ? [[Number(match[1]), { ppid: Number(match[2]), args: match[3] ?? '' }] as const] : []
    }),
  )
}

/** What the engine says of the containers that run. */
function inspect(lab: Lab): { id: string; name: string; pid: number }[] {
  const ids = lab.docker('ps', '--quiet', '--no-trunc').trim().split('\n').filter(Boolean)
  if (ids.length === 0) return []
  return lab
    .docker('inspect', '--format', '{{.Id}} {{.Name}} {{.State.Pid}}', ...ids)
    .trim()
    .split('\n')
    .map((line) => {
      const [id = '', name = '', pid = ''] = line.split(' ')
      return { id, name: name.slice(1), pid: Number(pid) }
    })
}

const of = (topology: Topology, role: Topology['processes'][number]['role']) =>
  topology.processes.filter((process) => process.role === role)

describe.each(generations)('flow.topology with a containerd of its own (%s)', (generation) => {
  let lab: Lab
  beforeAll(async () => {
    lab = await Lab.start({ generation })
    lab.importBusybox()
    const ids = await Promise.all(
      Array.from({ length: 20 }, async (_, index) => {
        const { body } = await lab.get(`/containers/create?name=c${index}`, 'POST', {
          Image: 'busybox:lab',
          Cmd: ['sleep', '9999'],
          HostConfig: { NetworkMode: 'none' },
        })
        return (JSON.parse(body) as { Id: string }).Id
      }),
    )
    await Promise.all(ids.map((id) => lab.get(`/containers/${id}/start`, 'POST')))
    await Promise.all(ids.slice(5).map((id) => lab.get(`/containers/${id}/kill`, 'POST')))
    await Promise.all(ids.slice(10).map((id) => lab.get(`/containers/${id}?force=1`, 'DELETE')))
  })
  afterAll(async () => {
    // A shell's sleep ignores the signal that dockerd would wait for.
    lab.docker('kill', ...inspect(lab).map(({ name }) => name))
    await lab.stop()
  })

  it('equals what ps and docker inspect say, after 20 containers came and 15 went', async () => {
    const topology = await look(lab)
    const told = inspect(lab)
    const table = ps()
    expect(told).toHaveLength(5)

    const [dockerd] = of(topology, 'dockerd')
    expect(dockerd).toMatchObject({ pid: lab.pid, name: 'dockerd' })
    const [containerd] = of(topology, 'containerd')
    expect(containerd).toMatchObject({ ppid: lab.pid, under: lab.pid, managed: true })
    expect(table.get(containerd?.pid ?? 0)?.args).toContain(`${lab.execRoot}/containerd/containerd.toml`)

    const inits = of(topology, 'init').map(({ container, pid }) => ({ ...container, pid }))
    expect(inits.sort((a, b) => a.pid - b.pid)).toEqual(told.sort((a, b) => a.pid - b.pid))
    const shims = [...table].filter(([, { args }]) => args.includes(`-address ${lab.execRoot}/`))
    expect(
      of(topology, 'shim')
        .map(({ pid }) => pid)
        .sort(),
    ).toEqual(shims.map(([pid]) => pid).sort())
    for (const init of of(topology, 'init')) {
      expect(table.get(init.pid)).toMatchObject({ ppid: init.under, args: 'sleep 9999' })
      const shim = topology.processes.find(({ pid }) => pid === init.under)
      expect(shim).toMatchObject({
        role: 'shim',
        container: init.container,
        under: containerd?.pid,
        ppid: table.get(init.under ?? 0)?.ppid,
        namespace: 'moby',
      })
    }
    for (const process of topology.processes) {
      expect(process.rssBytes, process.command).toBeGreaterThan(0)
      expect(Math.abs(Date.parse(process.startedAt) - Date.now())).toBeLessThan(3_600_000)
    }
    expect(topology.unseen).toEqual([])
  })

  it('joins who is connected to whom', async () => {
    const client = connect(lab.socket)
    onTestFinished(() => void client.destroy())
    await once(client, 'connect')
    // The end of a client that has just left is nobody's for a moment.
    const topology = await until('every end to be somebody’s', async () => {
      const now = await look(lab)
      return now.sockets.every(({ unknownPeers }) => unknownPeers === 0) ? now : undefined
    })
    const socket = (kind: string) => topology.sockets.filter((each) => each.kind === kind)

    const [api] = socket('api')
    expect(api).toMatchObject({ path: lab.socket, listener: lab.pid, unknownPeers: 0 })
    const self = api?.peers.find(({ pid }) => pid === process.pid)
    // The engine service of this test has connections of its own beside the one above.
    expect(self?.connections).toBeGreaterThan(1)
    expect(self?.self).toBe(true)

    const containerd = of(topology, 'containerd')[0]?.pid
    expect(socket('containerd')[0]).toMatchObject({
      path: `${lab.execRoot}/containerd/containerd.sock`,
      listener: containerd,
    })
    expect(socket('containerd')[0]?.peers.map(({ pid }) => pid)).toEqual([lab.pid])
    expect(
      socket('shim')
        .map(({ listener }) => listener)
        .sort(),
    ).toEqual(
      of(topology, 'shim')
        .map(({ pid }) => pid)
        .sort(),
    )
    for (const shim of socket('shim')) expect(shim.peers.map(({ pid }) => pid)).toEqual([containerd])
  })

  it('takes a docker exec for no first process', async () => {
    lab.docker('exec', '--detach', 'c0', 'sleep', '7777')
    const topology = await look(lab)
    const pid = inspect(lab).find(({ name }) => name === 'c0')?.pid
    const inits = of(topology, 'init').filter(({ container }) => container?.name === 'c0')
    expect(inits.map((init) => init.pid)).toEqual([pid])
  })

  it('shows the proxy of a published port with its container', async () => {
    lab.docker('network', 'create', 'ports')
    lab.docker(
      'run',
      '-d',
      '--name',
      'web',
      '--network',
      'ports',
      '-p',
      '127.0.0.1::80',
      'busybox:lab',
      'sleep',
      '9999',
    )
    onTestFinished(() => {
      lab.docker('rm', '-f', 'web')
      lab.docker('network', 'rm', 'ports')
    })
    const [, port = ''] = lab.docker('port', 'web', '80').trim().split(':')
    const topology = await look(lab)
    const [proxy] = of(topology, 'proxy')
    expect(ps().get(proxy?.pid ?? 0)?.args).toContain('docker-proxy')
    expect(proxy).toMatchObject({
      under: lab.pid,
      container: { name: 'web' },
      port: { protocol: 'tcp', hostIp: '127.0.0.1', hostPort: Number(port), containerPort: 80 },
    })
  })

  it('goes on from /proc alone when dockerd does not answer, and says so', async () => {
    const told = inspect(lab)
    process.kill(lab.pid, 'SIGSTOP')
    onTestFinished(() => void process.kill(lab.pid, 'SIGCONT'))
    const topology = await look(lab)
    expect(topology.unseen).toEqual(['engine'])
    expect(
      of(topology, 'init')
        .map(({ pid }) => pid)
        .sort(),
    ).toEqual(told.map(({ pid }) => pid).sort())
  })
})

it('says what is missing where there is no daemon', async () => {
  const lab = Lab.prepare()
  onTestFinished(() => lab.stop())
  expect(await look(lab)).toMatchObject({ processes: [], sockets: [], unseen: ['dockerd', 'engine'] })
})
