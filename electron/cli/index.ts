import { UsageError, readCommandLine } from './command-line'

/**
 * `porthole`: the contract from a terminal. Each command is a file of its own that is loaded when
 * it is asked for: a status is asked from scripts, and half of its time would be loading.
 */
async function run(): Promise<number> {
  const line = readCommandLine(process.argv.slice(2))
  switch (line.command) {
    case 'help':
      process.stdout.write((await import('./help')).helpText(line.of))
      return 0
    case 'version':
      process.stdout.write(`${(await import('./version')).version}\n`)
      return 0
    case 'call':
      return (await import('./call')).call(line)
    case 'watch':
      return (await import('./watch')).watch(line)
    case 'tap':
      return (await import('./tap')).tap(line)
    case 'check-image':
      return (await import('./check-image')).checkImage(line)
    case 'serve':
      return (await import('./serve')).serve(line)
  }
}

run().then(
  // Not left to the event loop: a kept-alive connection would hold it for seconds.
  (status) => process.exit(status),
  (error: unknown) => {
    if (error instanceof UsageError) {
      process.stderr.write(`porthole: ${error.message}\n${error.hint === undefined ? '' : `${error.hint}\n`}`)
      process.exit(2)
    }
    process.stderr.write(`porthole: ${error instanceof Error ? error.message : String(error)}\n`)
    process.exit(1)
  },
)
