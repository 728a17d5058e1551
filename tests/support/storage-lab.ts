import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, statfsSync, truncateSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { Lab, type LabOptions } from './lab'

/**
 * A lab whose data-root is a file system of its own (ext4 on a loop device), so that what df says is
 * the engine's alone. Unmounted with the lab.
 */
export async function startOnOwnDisk(options: LabOptions): Promise<Lab> {
  const lab = Lab.prepare(options)
  const image = join(lab.dir, 'disk.ext4')
  writeFileSync(image, '')
  truncateSync(image, 400 * 1024 * 1024)
  execFileSync('mkfs.ext4', ['-q', image])
  execFileSync('mount', ['-o', 'loop', image, lab.dataRoot])
  try {
    await lab.up()
  } catch (error) {
    await lab.stop()
    throw error
  }
  return lab
}

/** Bytes used, as df says once everything is written. */
export function usedBytes(lab: Lab): number {
  execFileSync('sync', ['-f', lab.dataRoot])
  const { blocks, bfree, bsize } = statfsSync(lab.dataRoot)
  return (blocks - bfree) * bsize
}

/**
 * Builds with BuildKit, which needs no docker buildx for a context that is sent along. Files are by
 * name; the image's containers have no network.
 */
export async function buildWithBuildKit(
  lab: Lab,
  tag: string,
  files: Record<string, string | Buffer>,
): Promise<void> {
  const folder = join(lab.dir, 'context')
  mkdirSync(folder, { recursive: true })
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  const tar = join(lab.dir, 'context.tar')
  execFileSync('tar', ['-C', folder, '-cf', tar, ...Object.keys(files)])
  const said = await new Promise<string>((resolve, reject) => {
    const sent = request(
      {
        socketPath: lab.socket,
        path: `/build?version=2&networkmode=none&t=${encodeURIComponent(tag)}`,
        method: 'POST',
        headers: { 'Content-Type': 'application/x-tar' },
      },
      (response) => {
        let text = ''
        response.setEncoding('utf8').on('data', (part: string) => (text += part))
        response.on('end', () => resolve(text))
      },
    )
    sent.on('error', reject)
    sent.end(readFileSync(tar))
  })
  if (/"errorDetail"/.test(said)) throw new Error(`The build failed: ${said.slice(-1_000)}`)
}
