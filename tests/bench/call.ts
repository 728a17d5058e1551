import type { Lab } from '../support/lab'
import { porthole, show, spread, timeCommand, type Figure } from './measure'

/** `porthole call` against the bare start of Node and against the docker command line, interleaved. */
export async function measureCall(lab: Lab, runs: number): Promise<Figure[]> {
  const took = { call: [] as number[], node: [] as number[], docker: [] as number[] }
  const once = async () => {
    took.call.push(
      await timeCommand(process.execPath, [porthole, 'call', 'engine.status', '--endpoint', lab.endpoint]),
    )
    took.node.push(await timeCommand(process.execPath, ['-e', '0']))
    took.docker.push(await timeCommand('docker', ['-H', lab.endpoint, 'version']))
  }
  // The first run of each reads its files from disk.
  await once()
  for (const values of Object.values(took)) values.length = 0
  for (let run = 0; run < runs; run += 1) await once()

  const [call, node, docker] = [spread(took.call), spread(took.node), spread(took.docker)]
  const ratio = call.median / node.median
  return [
    {
      what: 'porthole call engine.status : node -e 0',
      porthole: show(call, 'ms'),
      peer: `${show(node, 'ms')}; docker version ${show(docker, 'ms')}`,
      target: '≤ 2.5 times',
      value: ratio,
      met: ratio <= 2.5,
    },
  ]
}
