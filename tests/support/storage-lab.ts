import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statfsSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { Lab, type LabOptions } from './lab'

/**
 * A lab whose data-root is a file system of its own (ext4 on a loop device over memory), so that what df
 * says is the engine's alone, and quick. Unmounted with the lab, which frees the memory.
 */
export async function startOnOwnDisk(options: LabOptions): Promise<Lab> {
  const lab = Lab.prepare(options)
  const folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : lab.dir, 'porthole-disk-'))
  try {
    const image = join(folder, 'ext4')
    // For one whose root is another user outside of it.
    chmodSync(lab.dir, 0o711)
    writeFileSync(image, '')
    truncateSync(image, 400 * 1024 * 1024)
    execFileSync('mkfs.ext4', ['-q', image])
    execFileSync('mount', ['-o', 'loop', image, lab.dataRoot])
    await lab.up()
    return lab
  } catch (error) {
    await lab.stop()
    throw error
  } finally {
    // The mount keeps the file as long as it stands.
    rmSync(folder, { recursive: true })
  }
}

/**
 * Bytes used as df says once everything is written, without dockerd's own databases: they grow by a
 * page now and then, whatever is removed.
 */
export function usedBytes(lab: Lab): number {
  execFileSync('sync', ['-f', lab.dataRoot])
  const { blocks, bfree, bsize } = statfsSync(lab.dataRoot)
  return (blocks - bfree) * bsize - databases(lab.dataRoot)
}

function databases(folder: string): number {
  let bytes = 0
  // With a user namespace all lies one further down.
  const folders = ['.', ...readdirSync(folder).filter((name) => /^\d+\.\d+$/.test(name))]
  const parts = ['buildkit', 'volumes', 'network/files', 'containerd/daemon']
  for (const part of folders.flatMap((each) => parts.map((name) => join(each, name)))) {
    const root = join(folder, part)
    if (!existsSync(root)) continue
    for (const name of readdirSync(root, { recursive: true, encoding: 'utf8' }))
      if (name.endsWith('.db')) bytes += statSync(join(root, name)).blocks * 512
  }
  return bytes
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
