import { execFileSync } from 'node:child_process'
import { describe, expect, it, onTestFinished } from 'vitest'
import { verbs } from '../../electron/helper/verbs'

const store = { driver: 'overlay2', imageStore: 'graphdriver' }
const container = 'a'.repeat(64)
const context = {
  emit: () => undefined,
  signal: new AbortController().signal,
  caller: { uid: 0, gid: 0 },
}

function run(name: string, input: object): Promise<unknown> {
  const verb = verbs.find((each) => each.name === name)
  if (verb === undefined) throw new Error(`There is no verb ${name}.`)
  return (async () => verb.run(verb.parse(input), context))()
}

describe('the verbs of containers’ layers', () => {
  it.each([
    ['container-files', { ...store, container, paths: ['/etc'], sum: true }],
    ['container-stack', { ...store, container }],
    ['container-stack', { driver: 'overlayfs', imageStore: 'containerd', container }],
    ['daemon-mount', { path: '/' }],
  ])('%s serves no process that is no dockerd', async (name, input) => {
    await expect(run(name, { ...input, pid: process.pid })).rejects.toMatchObject({
      code: 'helper/path-refused',
    })
    await expect(run(name, { ...input, pid: 2 ** 30 })).rejects.toMatchObject({ code: 'helper/path-refused' })
  })

  it('daemon-mount tells root nothing of what an ordinary user calls dockerd', async () => {
    if (process.geteuid?.() !== 0) return
    const child = execFileSync(
      'sh',
      [
        '-c',
        'setpriv --reuid 65534 --clear-groups sh -c "exec -a dockerd sleep 60" >/dev/null 2>&1 & echo $!',
      ],
      {
        encoding: 'utf8',
      },
    ).trim()
    onTestFinished(() => void process.kill(Number(child)))
    await expect(run('daemon-mount', { pid: Number(child), path: '/' })).rejects.toMatchObject({
      code: 'helper/path-refused',
    })
  })

  it.each([
    ['container-files', { ...store, container, paths: ['etc'], sum: false }],
    ['container-files', { ...store, container, paths: ['/a\0b'], sum: false }],
    ['container-files', { ...store, container, paths: [5], sum: false }],
    ['container-files', { ...store, container, paths: Array<string>(2_001).fill('/a'), sum: false }],
    ['container-files', { ...store, container: 'web', paths: [], sum: false }],
    ['container-files', { ...store, container: '../'.repeat(21) + 'a', paths: [], sum: false }],
    ['container-files', { ...store, container, paths: [], sum: 'yes' }],
    ['container-files', { ...store, container, paths: [], sum: false, folder: '/' }],
    ['container-stack', { ...store, driver: '../..', container }],
    ['container-stack', { ...store, container, dataRoot: '/' }],
    ['daemon-mount', { path: 'relative' }],
    ['daemon-mount', { path: '/', mounts: '/etc/shadow' }],
  ])('%s refuses %j', (name, input) => {
    const verb = verbs.find((each) => each.name === name)
    expect(() => verb?.parse({ pid: 1_000, ...input })).toThrow()
    expect(() => verb?.parse({ ...input, pid: 'self' })).toThrow()
  })
})
