import { expect, it } from 'vitest'
import { readPeers } from '../../../../electron/services/flow/tap/peers'

// Recorded from iproute2 6.1, with the paths shortened.
const SS = `u_str 0      0                 /tmp/t.sock 3603804 * 3603802 users:(("node",pid=23795,fd=20))
u_str 0      0                           * 3603802 * 3603804 users:(("docker",pid=24250,fd=3))                  
u_str 0      0            /run/docker.sock 3614657 * 0       users:(("dockerd",pid=485,fd=33))
u_str ESTAB 0      0            /tmp/with blank 12 * 13
u_str ESTAB 0      0                          * 13 * 12 users:(("a b",pid=9,fd=2),("a b",pid=10,fd=2))
`

it('finds who is at the other end of a connection', () => {
  const peers = readPeers(SS)
  expect(peers.get('3603804')).toEqual({ pid: 24250, process: 'docker' })
  expect(peers.get('3603802')).toEqual({ pid: 23795, process: 'node' })
  expect(peers.get('12')).toEqual({ pid: 9, process: 'a b' })
  expect(peers.get('3614657')).toBeUndefined()
  expect(readPeers('nonsense\n').size).toBe(0)
})
