import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { contract } from '../../electron/contract/contract'
import { checkProgram } from '../../electron/services/runtime/check'

const OTHER = 65_534

describe.runIf(process.geteuid?.() === 0)('the program of a runtime, looked at by root', () => {
  let folder: string
  let program: string
  const mark = () => join(folder, 'it-ran')
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'porthole-check-'))
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
    program = join(folder, 'bin', 'stand-in')
    mkdirSync(join(folder, 'bin'))
    write(`touch ${mark()}; echo "stand-in version 1.2"; printf '\\033[31mred\\n' >&2`)
  })
  function write(script: string): void {
    writeFileSync(program, `#!/bin/sh\n${script}\n`)
    chmodSync(program, 0o755)
  }

  it('is run when it is root’s own, and what it said is plain text', async () => {
    expect(await checkProgram(program)).toEqual({
      verdict: 'answers',
      path: program,
      owner: 'root',
      mode: '0755',
      rootsOwn: true,
      said: expect.stringMatching(/^(stand-in version 1\.2\nred|red\nstand-in version 1\.2)$/) as string,
    })
    expect(existsSync(mark())).toBe(true)
  })

  const hostile: [string, () => string][] = [
    ['that everybody may write', () => (chmodSync(program, 0o777), program)],
    ['that its group may write', () => (chmodSync(program, 0o775), program)],
    ['that is another user’s', () => (chownSync(program, OTHER, OTHER), program)],
    ['in a folder that everybody may write', () => (chmodSync(join(folder, 'bin'), 0o777), program)],
    ['in a folder of another user', () => (chownSync(join(folder, 'bin'), OTHER, OTHER), program)],
    [
      'behind a link in a folder that everybody may write',
      () => {
        const open = join(folder, 'open')
        mkdirSync(open)
        chmodSync(open, 0o777)
        symlinkSync(program, join(open, 'link'))
        return join(open, 'link')
      },
    ],
    [
      'behind a link that leads through such a folder',
      () => {
        const open = join(folder, 'open')
        mkdirSync(open)
        chmodSync(open, 0o777)
        symlinkSync(join(folder, 'bin'), join(open, 'bin'))
        symlinkSync(join(open, 'bin', 'stand-in'), join(folder, 'link'))
        return join(folder, 'link')
      },
    ],
  ]
  it.each(hostile)('is never run when it is one %s', async (_, make) => {
    expect(await checkProgram(make())).toMatchObject({ verdict: 'unsafe', rootsOwn: false })
    expect(existsSync(mark())).toBe(false)
  })

  it.each([
    ['is not there', () => join(folder, 'none'), 'not-found'],
    [
      'is a circle of links',
      () => (symlinkSync('loop', join(folder, 'loop')), join(folder, 'loop')),
      'not-found',
    ],
    ['is a folder', () => folder, 'not-a-program'],
    ['may not be run', () => (chmodSync(program, 0o644), program), 'not-a-program'],
  ] as const)('is not run when it %s', async (_, make, verdict) => {
    expect((await checkProgram(make())).verdict).toBe(verdict)
    expect(existsSync(mark())).toBe(false)
  })

  it.each([
    ['fails', 'echo no; exit 3'],
    ['ends by a signal', 'kill -9 $$'],
    ['writes without end', 'yes'],
    ['never ends, and leaves one behind that holds its output', 'sleep 600 & sleep 600'],
  ])('counts as silent when it %s', async (_, script) => {
    write(script)
    const { verdict, said = '' } = await checkProgram(program)
    expect(verdict).toBe('no-answer')
    expect(said.length).toBeLessThanOrEqual(500)
  })
})

describe('the request', () => {
  it('is for administrators', () => {
    expect(contract['runtime.check'].access).toBe('admin')
    expect(contract['runtime.dump'].access).toBe('admin')
  })

  it.each(['', '../runc', './runc', 'a/b', '-x', 'a b', '/bin/a\0b', 'x'.repeat(5_000)])(
    'refuses %j',
    (path) => {
      expect(contract['runtime.check'].input.safeParse({ path }).success).toBe(false)
    },
  )
})
