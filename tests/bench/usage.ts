import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Lab } from '../support/lab'
import { porthole, show, spread, timeCommand, type Figure } from './measure'

/** Small files in the volume that the engine has to walk for its figures. */
const FILES = 20_000

/** `storage.usage` beside `docker system df -v`, in turns: both wait for the same walk of dockerd. */
export async function measureUsage(lab: Lab, runs: number): Promise<Figure[]> {
  const image = lab.importBusybox()
  lab.docker('run', '--rm', '--network', 'none', '--volume', 'many:/v', image, 'true')
  const volume = join(lab.dataRoot, 'volumes/many/_data')
  for (let folder = 0; folder < FILES / 1_000; folder += 1) {
    mkdirSync(join(volume, String(folder)))
    for (let file = 0; file < 1_000; file += 1) writeFileSync(join(volume, String(folder), String(file)), 'x')
  }
  const took = { porthole: [] as number[], docker: [] as number[] }
  try {
    for (let run = -1; run < runs; run += 1) {
      const own = await timeCommand(process.execPath, [
        porthole,
        'call',
        'storage.usage',
        '--endpoint',
        lab.endpoint,
      ])
      const peer = await timeCommand('docker', ['-H', lab.endpoint, 'system', 'df', '-v'])
      // The first run of each warms what there is to warm.
      if (run < 0) continue
      took.porthole.push(own)
      took.docker.push(peer)
    }
  } finally {
    lab.docker('volume', 'rm', 'many')
  }
  const [own, peer] = [spread(took.porthole), spread(took.docker)]
  return [
    {
      what: `storage.usage : docker system df -v (a volume of ${FILES} files)`,
      porthole: show(own, 'ms'),
      peer: show(peer, 'ms'),
      // What is more than the engine's own time is the start of Node.
      target: '≤ 400 ms more',
      value: own.median - peer.median,
      met: own.median - peer.median <= 400,
    },
  ]
}
