import { createConfigService } from '../../electron/services/config'
import { createEngineService } from '../../electron/services/engine'
import { createPrivileged } from '../../electron/services/privileged'

/** `config.check` with a trial, as an ordinary user's Porthole asks it; writes the answer as JSON. */
interface Task {
  endpoint: string
  text: string
}

async function main({ endpoint, text }: Task): Promise<void> {
  const options = { endpoint, env: process.env, log: () => undefined }
  const engine = createEngineService(options)
  engine.start()
  const privileged = createPrivileged(options)
  const config = createConfigService({ engine, privileged, options })
  process.stdout.write(JSON.stringify(await config.check({ text, depth: 'trial' })))
  await privileged.dispose()
  await engine.dispose()
}

void main(JSON.parse(process.argv[2] ?? '{}') as Task)
