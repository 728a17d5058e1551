import { createConfigService } from '../../electron/services/config'
import { createEngineService } from '../../electron/services/engine'
import { createPrivileged } from '../../electron/services/privileged'

/**
 * What an ordinary user's Porthole does with daemon.json, as a program: reads it, applies the
 * text it is given, and writes each step and the end as one JSON line.
 */
interface Task {
  endpoint: string
  text: string
  activate: 'reload' | 'restart' | 'none'
  baseHash?: string
}

const task = JSON.parse(process.argv[2] ?? '{}') as Task
const line = (value: unknown): void => {
  process.stdout.write(`${JSON.stringify(value)}\n`)
}

async function main(): Promise<void> {
  const options = { endpoint: task.endpoint, env: process.env, log: () => undefined }
  const engine = createEngineService(options)
  engine.start()
  const privileged = createPrivileged(options)
  const config = createConfigService({ engine, privileged, options })
  const stop = new AbortController()
  const steps = (async () => {
    for await (const step of config.progress(stop.signal)) line({ step })
  })()
  try {
    const read = await config.read()
    line({ read })
    const baseHash = task.baseHash ?? read.hash
    line({ result: await config.apply({ text: task.text, baseHash, activate: task.activate }) })
  } catch (error) {
    const { code, message } = error as { code?: string; message: string }
    line({ error: { code, message } })
  }
  line({ again: await config.read(), history: await config.history({ limit: 50 }) })
  stop.abort()
  await steps
  await privileged.dispose()
  await engine.dispose()
}

void main()
