import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { openArchive } from '../../../../electron/services/image-actions/host-path'

describe('an archive of the user’s', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'porthole-path-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
  })

  it.each([
    ['image.tar', 'it is not an absolute path'],
    ['./image.tar', 'it is not an absolute path'],
    ['~/image.tar', 'only a shell knows what ~ stands for'],
    ['~ada/image.tar', 'only a shell knows what ~ stands for'],
    ['/tmp/a\0b', 'a path has no null character'],
  ])('is not named by %j', async (path, reason) => {
    await expect(openArchive(path)).rejects.toMatchObject({ code: 'image/no-archive', detail: { reason } })
  })

  it('is opened through a link', async () => {
    writeFileSync(join(folder, 'file'), 'content')
    symlinkSync('file', join(folder, 'link'))
    const { file, sizeBytes } = await openArchive(join(folder, 'link'))
    expect(sizeBytes).toBe(7)
    await file.close()
  })

  it('is not a pipe, which would wait for ever, nor a device, a folder, or nothing', async () => {
    execFileSync('mkfifo', [join(folder, 'pipe')])
    symlinkSync('pipe', join(folder, 'to-pipe'))
    mkdirSync(join(folder, 'folder'))
    writeFileSync(join(folder, 'empty'), '')
    symlinkSync('circle', join(folder, 'circle'))
    for (const [path, reason] of [
      [join(folder, 'pipe'), 'it is no plain file'],
      [join(folder, 'to-pipe'), 'it is no plain file'],
      ['/dev/zero', 'it is no plain file'],
      [join(folder, 'folder'), 'it is a folder'],
      [join(folder, 'empty'), 'it is empty'],
      [join(folder, 'absent'), 'it is not there'],
      [join(folder, 'empty/below'), 'a part of the path is no folder'],
      [join(folder, 'circle'), 'its links lead in a circle'],
      [join(folder, 'x'.repeat(300)), 'its name is too long'],
    ] as const)
      await expect(openArchive(path)).rejects.toMatchObject({ code: 'image/no-archive', detail: { reason } })
  })

  it('is told without what could steer a terminal', async () => {
    const failed = await openArchive('/tmp/\u001b[31mred').catch((error: unknown) => error)
    expect(String(failed)).not.toContain('\u001b')
  })
})
