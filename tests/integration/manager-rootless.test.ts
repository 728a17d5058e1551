import { spawn } from 'node:child_process'
import { chmodSync, copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { rootDaemons } from '../../electron/helper/daemon'
import { findManager } from '../../electron/helper/manager'
import { until } from '../support/until'

// Programs with the names of rootlesskit and dockerd that only wait: how they hang together counts.
it('starts no rootless dockerd outside of the world that rootlesskit has made for it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'porthole-wrapped-'))
  const [wrapper, dockerd] = [join(folder, 'rootlesskit'), join(folder, 'dockerd')]
  copyFileSync('/bin/sh', wrapper)
  copyFileSync('/bin/sleep', dockerd)
  for (const program of [wrapper, dockerd]) chmodSync(program, 0o755)
  const parent = spawn(wrapper, ['-c', `${dockerd} 1000 & echo $!; wait`], { detached: true })
  onTestFinished(() => {
    process.kill(-(parent.pid ?? 0), 'SIGKILL')
    rmSync(folder, { recursive: true })
  })
  const { pid } = await until('it to run', () => rootDaemons().find(({ exe }) => exe === dockerd))

  const path = join(folder, 'daemon.json')
  const manager = await findManager({ pid, path, socketPath: join(folder, 'docker.sock') })
  expect(manager).toMatchObject({ kind: 'none', controllable: false })
  expect(await manager.state()).toEqual({ manager: 'none', pid })
  for (const action of ['start', 'stop', 'restart'] as const)
    await expect(manager[action](() => undefined)).rejects.toMatchObject({
      code: 'engine/no-manager',
      more: { hint: expect.stringContaining('dockerd-rootless.sh') as string },
    })
})
