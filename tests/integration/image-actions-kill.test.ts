import { execFileSync, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { BUNDLE_ENV, bundle } from '../support/bundle'
import { followTransfer, imageServicesFor, stores, toImport } from '../support/image-services'
import { Lab } from '../support/lab'
import { until } from '../support/until'

const { signal } = new AbortController()

describe.each(stores)('a transfer in whose middle something ends ($name)', ({ options }) => {
  let lab: Lab
  let out: string
  let root: string
  beforeAll(async () => {
    lab = await Lab.start(options)
    lab.importBusybox('busybox:lab')
    out = join(lab.dir, 'out')
    const context = join(lab.dir, 'context')
    for (const folder of [out, context]) mkdirSync(folder)
    writeFileSync(join(context, 'data'), randomBytes(80_000_000))
    writeFileSync(join(context, 'Dockerfile'), 'FROM busybox:lab\nCOPY data /data\n')
    lab.docker('build', '-q', '--network', 'none', '-t', 'large:1', context)
    root = join(lab.dir, 'root.tar')
    // Zeros that take no room here; the engine has to read all of them.
    execFileSync('sh', [
      '-c',
      'cd "$1" && truncate -s 400M zeros && tar -cf "$2" zeros && rm zeros',
      'sh',
      context,
      root,
    ])
  })
  afterAll(() => lab.stop())

  const ids = () => lab.docker('images', '-aq', '--no-trunc').split('\n').sort()

  it('leaves no file of a save when dockerd is killed', async () => {
    const { actions } = imageServicesFor(lab)
    const path = join(out, 'killed.tar')
    const before = ids()
    const save = (async () => {
      for await (const item of actions.save({ images: ['large:1'], path }, signal))
        if (item.state === 'running' && lab.running) await lab.down('SIGKILL')
        else expect(item.state).toBe('running')
    })()
    await expect(save).rejects.toMatchObject({ code: 'engine/unreachable' })
    expect(readdirSync(out)).toEqual([])
    await lab.up()
    expect(ids()).toEqual(before)
    const again = await followTransfer(
      imageServicesFor(lab).actions.save({ images: ['large:1'], path }, signal),
    )
    expect(again.done.bytes).toBe(statSync(path).size)
    rmSync(path)
  })

  it.each(['load', 'import'] as const)(
    'leaves no half image of a file when dockerd is killed: %s',
    async (kind) => {
      const { actions } = imageServicesFor(lab)
      const before = ids()
      const items =
        kind === 'load'
          ? actions.load({ path: root }, signal)
          : actions.import(toImport({ path: root, name: 'killed:1' }), signal)
      const sent = (async () => {
        for await (const item of items) if (item.bytes > 20_000_000 && lab.running) await lab.down('SIGKILL')
      })()
      await expect(sent).rejects.toMatchObject({ code: 'engine/unreachable' })
      await lab.up()
      expect(ids()).toEqual(before)
    },
  )

  it('says that the disk is full, and leaves nothing on it', async () => {
    const { actions } = imageServicesFor(lab)
    const small = join(out, 'small')
    mkdirSync(small)
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=10m', 'tmpfs', small])
    try {
      await expect(
        followTransfer(actions.save({ images: ['large:1'], path: join(small, 'x.tar') }, signal)),
      ).rejects.toMatchObject({ code: 'image/no-archive', detail: { reason: 'the disk is full' } })
      expect(readdirSync(small)).toEqual([])
    } finally {
      execFileSync('umount', [small])
      rmSync(small, { recursive: true })
    }
  })

  it('leaves at most the file that says what it is when Porthole is killed, and the next save removes that', async () => {
    const program = await bundle('electron/cli/index.ts', 'porthole')
    onTestFinished(() => rmSync(dirname(program), { recursive: true, force: true }))
    const path = join(out, 'own.tar')
    const input = JSON.stringify({ images: ['large:1'], path })
    const start = () => {
      const child = spawn(
        process.execPath,
        [program, 'watch', 'image.save', input, '--endpoint', lab.endpoint],
        {
          env: { ...process.env, ...BUNDLE_ENV },
          stdio: ['ignore', 'pipe', 'pipe'],
        },
      )
      let said = ''
      child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text))
      const lines: string[] = []
      createInterface({ input: child.stdout }).on('line', (line) => lines.push(line))
      return {
        child,
        lines,
        said: () => said,
        ended: () => child.exitCode !== null || child.signalCode !== null,
      }
    }
    for (const kill of ['SIGKILL', 'SIGTERM'] as const) {
      const { child, lines, said, ended } = start()
      await until(
        'the save to begin',
        () => lines.length > 0 || (ended() ? Promise.reject(new Error(said())) : false),
        {
          everyMs: 1,
        },
      )
      child.kill(kill)
      await until('its end', ended)
      const left = readdirSync(out)
      // What was told to end has ended in order.
      if (kill === 'SIGTERM') expect(left).toEqual([])
      else if (!left.includes('own.tar'))
        expect(left).toEqual([expect.stringMatching(/^own\.tar\.porthole-partial-/)])
      rmSync(path, { force: true })
    }
    const { done } = await followTransfer(
      imageServicesFor(lab).actions.save({ images: ['large:1'], path }, signal),
    )
    expect(done.bytes).toBe(statSync(path).size)
    expect(readdirSync(out)).toEqual(['own.tar'])
    rmSync(path)
  })
})
