import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Lab } from '../support/lab'
import { porthole, show, spread, timeCommand, type Figure } from './measure'

/** Small files in the volume that the engine has to walk for its figures. */
const FILES = 20_000

/**
 * `storage.usage` beside `docker system df -v`, in turns: both wait for the same walk of dockerd. What each
 * program takes to start is taken off, since the window and `serve` have started long before.
 */
export async function measureUsage(lab: Lab, runs: number): Promise<Figure[]> {
  const image = lab.importBusybox()
  lab.docker('run', '--rm', '--network', 'none', '--volume', 'many:/v', image, 'true')
  const volume = join(lab.dataRoot, 'volumes/many/_data')
  for (let folder = 0; folder < FILES / 1_000; folder += 1) {
    mkdirSync(join(volume, String(folder)))
    for (let file = 0; file < 1_000; file += 1) writeFileSync(join(volume, String(folder), String(file)), 'x')
  }
  const own = (name: string) =>
    timeCommand(process.execPath, [porthole, 'call', name, '--endpoint', lab.endpoint])
  const docker = (...args: string[]) => timeCommand('docker', ['-H', lab.endpoint, ...args])
  const took = { usage: [] as number[], start: [] as number[], df: [] as number[], version: [] as number[] }
  try {
    for (let run = -1; run < runs; run += 1) {
      const each = {
        usage: await own('storage.usage'),
        df: await docker('system', 'df', '-v'),
        start: await own('session.get'),
        version: await docker('--version'),
      }
      // The first run of each warms what there is to warm.
      if (run < 0) continue
      for (const name of ['usage', 'df', 'start', 'version'] as const) took[name].push(each[name])
    }
  } finally {
    lab.docker('volume', 'rm', 'many')
  }
  const [usage, df] = [spread(took.usage), spread(took.df)]
  const more = usage.median - spread(took.start).median - (df.median - spread(took.version).median)
  return [
    {
      what: `storage.usage : docker system df -v (a volume of ${FILES} files), both without their start`,
      porthole: show(usage, 'ms with it'),
      peer: show(df, 'ms with it'),
      target: '≤ 150 ms more',
      value: more,
      met: more <= 150,
    },
  ]
}
