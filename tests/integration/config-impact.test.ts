import { writeFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createConfigService, type ConfigService } from '../../electron/services/config'
import { createEngineService, type EngineService } from '../../electron/services/engine'
import { createPrivileged } from '../../electron/services/privileged'
import { generations, Lab } from '../support/lab'
import { until } from '../support/until'

const ON = '{ "live-restore": true }\n'
const OFF = '{}\n'

describe.each(generations)('the impact of a restart (%s)', (generation) => {
  let lab: Lab
  let engine: EngineService
  let config: ConfigService

  const running = () => lab.docker('ps', '--format', '{{.Names}}').split('\n').filter(Boolean).sort()
  const impact = async (text: string, depth: 'static' | 'validate' = 'validate') =>
    (await config.check({ text, depth })).impact
  const run = (name: string) =>
    lab.docker(
      'run',
      '-d',
      '--network',
      'none',
      '--name',
      name,
      '--stop-signal',
      'KILL',
      'busybox:lab',
      'sleep',
      '600',
    )
  const restart = async () => {
    await lab.down()
    await lab.up()
    await until('the engine to be connected', () => engine.link.state === 'connected')
  }

  beforeAll(async () => {
    lab = await Lab.start({ generation, config: ON })
    lab.importBusybox()
    const options = {
      endpoint: lab.endpoint,
      configFile: lab.configFile,
      env: process.env,
      log: () => undefined,
    }
    engine = createEngineService(options)
    engine.start()
    config = createConfigService({ engine, privileged: createPrivileged(options), options })
    run('web')
    run('ended')
    lab.docker('kill', 'ended')
    run('paused')
    lab.docker('pause', 'paused')
    // The docker commands stood in the way of the first attempt.
    await until('the engine to be connected', () => engine.link.state === 'connected')
  })
  afterAll(async () => {
    await engine.dispose()
    lab.docker('rm', '--force', 'web', 'paused', 'ended')
    await lab.stop()
  })

  it('stops nothing where live-restore is in force and stays so, and the engine does as told', async () => {
    expect(await impact(ON)).toEqual({ stops: [], keeps: ['paused', 'web'] })
    await restart()
    expect(running()).toEqual(['paused', 'web'])
  })

  it('stops all of them where the new file no longer has live-restore, and the engine does', async () => {
    expect(await impact(OFF)).toEqual({ stops: ['paused', 'web'], keeps: [] })
    lab.docker('unpause', 'paused')
    writeConfig(OFF)
    await restart()
    expect(running()).toEqual([])
  })

  it('stops all of them where live-restore would only come with the restart, and the engine does', async () => {
    lab.docker('start', 'web')
    expect(await impact(ON)).toEqual({ stops: ['web'], keeps: [] })
    writeConfig(ON)
    await restart()
    expect(running()).toEqual([])
  })

  it('is not asked for while typing what a reload does, nor told of a text nobody can read', async () => {
    expect(await impact('{ "live-restore": true, "debug": true }', 'static')).toBeUndefined()
    expect(await impact('{ "live-restore": true, "log-level": "warn" }', 'static')).toBeDefined()
    expect(await impact('{')).toBeUndefined()
  })

  function writeConfig(text: string): void {
    writeFileSync(lab.configFile, text)
  }
})
