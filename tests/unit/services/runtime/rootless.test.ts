import { expect, it } from 'vitest'
import type { EngineService } from '../../../../electron/services/engine'
import type { Privileged } from '../../../../electron/services/privileged'
import { createRuntimeService } from '../../../../electron/services/runtime'
import type { TopologyService } from '../../../../electron/services/topology'

it('a bundle of a rootless dockerd is refused before the helper asks for a password', async () => {
  // FAKE: a dockerd of another user, and a helper that must not be reached.
  const engine = {
    link: { endpoint: 'unix:///run/user/1000/docker.sock' },
    onLink: () => () => undefined,
    process: () => Promise.resolve({ pid: 4_242, uid: 1_000, argv: ['dockerd'], startedAt: 0 }),
  } as unknown as EngineService
  const privileged = { run: () => Promise.reject(new Error('reached')) } as unknown as Privileged
  const service = createRuntimeService({
    engine,
    privileged,
    topology: {} as TopologyService,
    config: () => Promise.reject(new Error('not asked here')),
  })
  await expect(service.bundle('a1'.repeat(32), new AbortController().signal)).rejects.toMatchObject({
    code: 'runtime/rootless',
    hint: expect.stringContaining('config.json') as string,
  })
})
