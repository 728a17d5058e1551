import { expect, it } from 'vitest'
import { parseSs } from '../../../../electron/services/engine/unix-sockets'
import { peersOf } from '../../../../electron/services/flow/tap/peers'

// As `ss -xapH` of iproute2 6.1 prints it.
const SS = `u_str ESTAB 0      0                 /run/t.sock 3603804 * 3603802 users:(("node",pid=23795,fd=20))
u_str ESTAB 0      0                           * 3603802 * 3603804 users:(("docker",pid=24250,fd=3))                  
u_str LISTEN 0     0            /run/docker.sock 3614657 * 0       users:(("dockerd",pid=485,fd=33))
u_str ESTAB 0      0            /run/with blank 12 * 13
u_str ESTAB 0      0                          * 13 * 12 users:(("a b",pid=9,fd=2),("a b",pid=10,fd=2))
`

it('finds who is at the other end of a connection', () => {
  const peers = peersOf(parseSs(SS, () => true))
  expect(peers.get('3603804')).toEqual({ pid: 24250, process: 'docker' })
  expect(peers.get('3603802')).toEqual({ pid: 23795, process: 'node' })
  expect(peers.get('12')).toEqual({ pid: 9, process: 'a b' })
  expect(peers.get('3614657')).toBeUndefined()
  expect(peersOf(parseSs('nonsense\n', () => true)).size).toBe(0)
})

it('believes no process that does not hold the socket it is said to hold', () => {
  expect(peersOf(parseSs(SS, () => false)).size).toBe(0)
})
