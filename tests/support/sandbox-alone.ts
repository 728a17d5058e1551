import { startSandbox } from '../../electron/helper/sandbox'
import { seed } from '../../electron/services/sandbox/seed'

/**
 * A Porthole with a filled sandbox that can be killed: opens it below the folder it is given, with
 * the dockerd of the second argument if there is one, says where it lies, and stays.
 */
async function main(): Promise<void> {
  const [base = '', dockerdDir] = process.argv.slice(2)
  const { signal } = new AbortController()
  const daemon = await startSandbox({
    state: { base, below: [] },
    owner: { uid: 0, gid: 0 },
    holder: process.pid,
    ...(dockerdDir === undefined ? {} : { dockerdDir }),
    signal,
  })
  await seed(daemon.places.socket, () => undefined, signal)
  process.stdout.write(`${JSON.stringify(daemon.places)}\n`)
  setInterval(() => undefined, 60_000)
}

void main()
