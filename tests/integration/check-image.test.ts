import { execFile } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bundle, BUNDLE_ENV } from '../support/bundle'
import { Lab, newest } from '../support/lab'

describe('porthole check-image', () => {
  let lab: Lab
  let program: string
  let archive: string
  beforeAll(async () => {
    // First what may fail without a daemon that is then left running.
    program = await bundle('electron/cli/index.ts', 'porthole')
    lab = await Lab.start({ generation: newest })
    lab.importBusybox('busybox:lab')
    const context = join(lab.dir, 'context')
    mkdirSync(context)
    writeFileSync(join(context, 'large'), Buffer.alloc(500_000, 'x'))
    writeFileSync(
      join(context, 'Dockerfile'),
      'FROM busybox:lab\nCOPY large /large\nRUN ["/bin/busybox", "rm", "/large"]\n',
    )
    lab.docker('build', '--network', 'none', '-q', '-t', 'wasteful:1', context)
    archive = join(lab.dir, 'wasteful.tar')
    lab.docker('save', '-o', archive, 'wasteful:1')
  })
  afterAll(async () => {
    await lab.stop()
    rmSync(dirname(program), { recursive: true, force: true })
  })

  const check = (args: string[], endpoint = lab.endpoint, cwd = lab.dir) =>
    new Promise<{ status: number; out: string; err: string }>((resolve) => {
      const env = { ...BUNDLE_ENV, PATH: lab.path, HOME: lab.dir }
      const command = [program, '--endpoint', endpoint, 'check-image', ...args]
      const child = execFile(process.execPath, command, { env, cwd }, (_, out, err) =>
        resolve({ status: child.exitCode ?? -1, out, err }),
      )
    })

  it('fails an image that wastes more than it may, and says what', async () => {
    const { status, out, err } = await check(['wasteful:1', '--max-wasted', '400kB'])
    expect(status).toBe(1)
    expect(out).toContain('wasted 500000 bytes')
    expect(out).toMatch(/500000 {2}\/large {2}\(layers 1, 2, last by /)
    expect(err).toBe('porthole: wasteful:1: 500000 bytes wasted are more than 400000\n')
    expect(await check(['wasteful:1', '--max-wasted', '1MB'])).toMatchObject({ status: 0, err: '' })
  })

  it('says the same of an archive, for which no daemon is needed', async () => {
    const nowhere = `unix://${lab.dir}/none.sock`
    const named = await check(['wasteful:1', '--max-wasted', '400kB'])
    for (const path of [archive, './wasteful.tar', `../${lab.dir.split('/').at(-1)}/wasteful.tar`]) {
      const { status, out, err } = await check([path, '--max-wasted', '400kB'], nowhere)
      expect([status, out]).toEqual([1, named.out])
      expect(err).toBe(`porthole: ${archive}: 500000 bytes wasted are more than 400000\n`)
    }
    expect(await check([archive, '--min-efficiency', '0.1'], nowhere)).toMatchObject({ status: 0 })
  })

  it('fails with a coded error where there is no such image or archive', async () => {
    const missing = await check(['none:1', '--max-wasted', '1'])
    expect([missing.status, (JSON.parse(missing.err) as { code: string }).code]).toEqual([
      1,
      'engine/not-found',
    ])
    const none = await check(['./none.tar', '--max-wasted', '1'])
    expect([none.status, (JSON.parse(none.err) as { code: string }).code]).toEqual([1, 'image/no-archive'])
  })
})
