import { readFileSync } from 'node:fs'
import { archiveServices } from './analyze-archive'

/** A process of its own that reads one archive and tells what came of it and how much memory it took. */
async function main(path = ''): Promise<void> {
  const services = archiveServices()
  const { code, message, analysis } = await services.analyze(path)
  const entries = analysis?.layers.reduce((sum, layer) => sum + layer.entries, 0)
  // The highest that getrusage tells may be that of who started this process.
  const kib = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]
  const memory = Number(kib) * 1024
  process.stdout.write(`${JSON.stringify({ code, message, entries, memory })}\n`)
  await services.dispose()
}

void main(process.argv[2])
