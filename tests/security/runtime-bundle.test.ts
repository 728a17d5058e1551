import { chmodSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { bundlePlaces, maskEnvironments, readBundle } from '../../electron/helper/oci-bundle'
import { verbs } from '../../electron/helper/verbs'

const ID = 'a1'.repeat(32)
const TASKS = 'io.containerd.runtime.v2.task'
const CONFIG = JSON.stringify({ process: { env: ['TOKEN=secret', 'PATH=/bin'] } })

describe.runIf(process.geteuid?.() === 0)('the bundle of a container', () => {
  let state: string
  let bundle: string
  beforeEach(() => {
    state = mkdtempSync(join(tmpdir(), 'porthole-bundle-state-'))
    onTestFinished(() => rmSync(state, { recursive: true, force: true }))
    bundle = join(state, TASKS, 'moby', ID)
    mkdirSync(bundle, { recursive: true, mode: 0o755 })
    writeFileSync(join(bundle, 'config.json'), CONFIG)
  })
  const read = () => readBundle({ states: [state], namespace: 'moby' }, ID)

  it('is read, its environment masked', async () => {
    const { path, json, masked } = await read()
    expect(path).toBe(bundle)
    expect(JSON.parse(json)).toEqual({ process: { env: ['TOKEN=*****', 'PATH=*****'] } })
    expect(masked).toBe(2)
  })

  it('is refused where a link stands in the place of a folder', async () => {
    const elsewhere = join(state, 'elsewhere')
    renameSync(bundle, elsewhere)
    symlinkSync(elsewhere, bundle)
    await expect(read()).rejects.toMatchObject({ code: 'helper/path-refused' })
  })

  it('is refused where a link stands in the place of the file', async () => {
    rmSync(join(bundle, 'config.json'))
    symlinkSync('/etc/shadow', join(bundle, 'config.json'))
    await expect(read()).rejects.toMatchObject({ code: 'config/symlink' })
  })

  it('is refused where others may write', async () => {
    chmodSync(join(state, TASKS), 0o777)
    await expect(read()).rejects.toMatchObject({ code: 'helper/path-refused' })
  })

  it('is told to be missing when it is not there', async () => {
    rmSync(bundle, { recursive: true })
    await expect(read()).rejects.toMatchObject({ code: 'runtime/no-bundle' })
  })

  it('that is no JSON is not quoted', async () => {
    writeFileSync(join(bundle, 'config.json'), '{"process":{"env":["TOKEN=secret"],')
    await expect(read()).rejects.toThrow(/^(?!.*secret)/)
  })
})

describe('the verb', () => {
  const verb = verbs.find(({ name }) => name === 'bundle')
  it.each([
    '',
    '..',
    '../../etc',
    `${ID}/..`,
    ID.slice(1),
    `${ID}0`,
    ID.toUpperCase(),
    `${ID.slice(1)}/`,
    7,
    null,
  ])('refuses %j as a container', (container) => {
    expect(() => verb?.parse({ pid: 100, container })).toThrow(/container/)
  })

  it('takes no path of its caller', () => {
    expect(() => verb?.parse({ pid: 100, container: ID, path: '/etc/shadow' })).toThrow(
      'Unknown field "path"',
    )
  })

  it('has no namespace that leaves the state', () => {
    expect(() => bundlePlaces(['dockerd', '--containerd-namespace', '../..'], '/nowhere', [])).toThrow()
    expect(() => bundlePlaces(['dockerd', '--exec-root=relative'], '/nowhere', [])).toThrow()
  })

  it('masks every environment, however deep', () => {
    const { json, masked } = maskEnvironments('{"hooks":{"prestart":[{"env":["A=b=c",7,"D"]}]},"env":"x"}')
    expect(JSON.parse(json)).toEqual({
      hooks: { prestart: [{ env: ['A=*****', '=*****', 'D=*****'] }] },
      env: 'x',
    })
    expect(masked).toBe(3)
  })
})
