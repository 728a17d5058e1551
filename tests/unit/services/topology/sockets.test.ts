import { describe, expect, it } from 'vitest'
import { parseSs, readFromProc } from '../../../../electron/services/engine/unix-sockets'
import { joinSockets } from '../../../../electron/services/topology/sockets'

const yes = () => true

/** As `ss -xapH` of iproute2 6.1 prints it. */
const SS = `u_str LISTEN 0      4096           /run/docker.sock 100 * 0       users:(("dockerd",pid=812,fd=3),("systemd",pid=1,fd=40))
u_str ESTAB  0      0              /run/docker.sock 101 * 201     users:(("dockerd",pid=812,fd=9))
u_str ESTAB  0      0              /run/docker.sock 102 * 202     users:(("dockerd",pid=812,fd=10))
u_str ESTAB  0      0                             * 201 * 101     users:(("docker",pid=77,fd=5))
u_str ESTAB  0      0                             * 202 * 102
u_str LISTEN 0      4096   /run/containerd/s/abc def 300 * 0      users:(("containerd-shim",pid=90,fd=11))
u_str ESTAB  0      0      /run/containerd/s/abc def 301 * 302    users:(("containerd-shim",pid=90,fd=12))
u_str ESTAB  0      0                             * 302 * 301     users:(("containerd",pid=64,fd=20))
u_dgr UNCONN 0      0                             * 400 * 401     users:(("systemd",pid=1,fd=9))
garbage
`

describe('what ss prints', () => {
  it('is read, names with blanks too', () => {
    const table = parseSs(SS, yes)
    expect(table).toHaveLength(8)
    expect(table[0]).toEqual({
      listening: true,
      path: '/run/docker.sock',
      inode: '100',
      peer: '',
      holders: [
        { pid: 812, name: 'dockerd' },
        { pid: 1, name: 'systemd' },
      ],
    })
    expect(table[5]?.path).toBe('/run/containerd/s/abc def')
  })

  it('is not believed where a process wrote another into its name', () => {
    const line = 'u_str ESTAB 0 0 * 201 * 101 users:(("x",pid=1,fd=3)",pid=77,fd=5))'
    const asked: number[] = []
    const [socket] = parseSs(line, (pid) => {
      asked.push(pid)
      return pid === 77
    })
    expect(asked).toContain(1)
    expect(socket?.holders.map(({ pid }) => pid)).not.toContain(1)
  })
})

describe('sockets with their ends', () => {
  const wanted = [
    { kind: 'api', path: '/run/docker.sock', aliases: new Set(['/run/docker.sock']), owner: 812 },
  ] as const
  const join = (text: string) => joinSockets(parseSs(text, yes), { wanted, shims: new Set([90]), self: 77 })

  it('say who listens, who is there, and how many cannot be told', () => {
    expect(join(SS)).toEqual([
      {
        kind: 'api',
        path: '/run/docker.sock',
        listener: 812,
        peers: [{ pid: 77, name: 'docker', connections: 1, self: true }],
        unknownPeers: 1,
      },
      {
        kind: 'shim',
        path: '/run/containerd/s/abc def',
        listener: 90,
        peers: [{ pid: 64, name: 'containerd', connections: 1 }],
        unknownPeers: 0,
      },
    ])
  })

  it('leave out connections of another daemon’s socket of the same path', () => {
    const other = SS.replaceAll('"dockerd",pid=812,fd=9', '"dockerd",pid=5000,fd=9')
    expect(join(other)[0]).toMatchObject({ peers: [], unknownPeers: 1 })
  })

  it('are counted from /proc/net/unix where there is no ss', () => {
    const table = readFromProc(`Num       RefCount Protocol Flags    Type St Inode Path
0000000000000000: 00000002 00000000 00010000 0001 01 100 /run/docker.sock
0000000000000000: 00000003 00000000 00000000 0001 03 101 /run/docker.sock
0000000000000000: 00000003 00000000 00000000 0001 03 201
`)
    expect(joinSockets(table, { wanted, shims: new Set(), self: 1 })).toEqual([
      { kind: 'api', path: '/run/docker.sock', peers: [], unknownPeers: 1 },
    ])
  })
})
