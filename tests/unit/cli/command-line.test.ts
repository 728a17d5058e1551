import { brokenLimits } from '../../../electron/cli/check-image'
import { resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readCommandLine, readWindowArguments, UsageError } from '../../../electron/cli/command-line'
import { helpText } from '../../../electron/cli/help'

const usage = (...args: string[]) => {
  try {
    readCommandLine(args)
  } catch (error) {
    if (error instanceof UsageError) return error
  }
  throw new Error('It was understood.')
}

describe('the command line', () => {
  test('without a word is the help', () => {
    expect(readCommandLine([])).toEqual({ command: 'help', of: undefined })
    expect(readCommandLine(['watch', '--help'])).toEqual({ command: 'help', of: 'watch' })
    expect(readCommandLine(['-v'])).toEqual({ command: 'version' })
  })

  test('takes the options before and after the command', () => {
    const expected = {
      command: 'call',
      name: 'config.read',
      input: '{}',
      engine: { endpoint: 'unix:///x', configFile: 'd.json', dataRoot: '/d', pidfile: '/p', dockerd: '/b' },
    }
    const paths = ['--config', 'd.json', '--data-root=/d', '--pidfile', '/p', '--dockerd', '/b']
    expect(readCommandLine(['--endpoint', 'unix:///x', 'call', 'config.read', '{}', ...paths])).toEqual(
      expected,
    )
    expect(readCommandLine(['call', ...paths, 'config.read', '{}', '--endpoint=unix:///x'])).toEqual(expected)
  })

  test('does not take an option’s value for the command', () => {
    expect(
      readCommandLine(['--config', 'call', 'watch', 'events.watch', '--limit', '3', '--for', '50']),
    ).toEqual({
      command: 'watch',
      name: 'events.watch',
      input: undefined,
      limit: 3,
      forMs: 50,
      engine: { configFile: 'call' },
    })
  })

  test('keeps "-" as the input', () => {
    expect(readCommandLine(['call', 'config.check', '-'])).toMatchObject({ input: '-' })
  })

  test('reads serve', () => {
    expect(readCommandLine(['serve', '--port', '0', '--read-only', '--daemon-log', '/l'])).toEqual({
      command: 'serve',
      serve: { port: 0, host: '127.0.0.1', readOnly: true, allowAdmin: false, insecure: false },
      engine: { daemonLog: '/l' },
    })
  })

  test('takes a folder for the sandbox as the wish for one', () => {
    expect(readCommandLine(['serve', '--sandbox-dockerd', '/b'])).toMatchObject({
      engine: { sandbox: true, sandboxDockerd: '/b' },
    })
  })

  test.each([
    [['cal', 'engine.status'], 'no command "cal"', 'Did you mean "call"?'],
    [['frobnicate'], 'no command', 'Commands: call, watch, tap, serve'],
    [['call'], 'needs a name', 'porthole call engine.status'],
    [['call', 'a.b', '{}', 'x'], 'not also "x"', 'quotes'],
    [['call', 'a.b', '--limit', '3'], 'no option --limit', ''],
    [['call', 'a.b', '--endpiont', 'x'], 'no option --endpiont', 'Did you mean --endpoint?'],
    [['call', 'a.b', '--endpoint'], '--endpoint needs a value', 'unix:///'],
    [['call', 'a.b', '--endpoint', '--config', 'x'], '--endpoint needs a value', ''],
    [['call', 'a.b', '--sandbox=yes'], 'takes no value', ''],
    [['call', 'a.b', '--sandbox', '--endpoint', 'x'], 'takes no --endpoint', ''],
    [['call', 'a.b', '-x'], 'no option -x', ''],
    [['call', 'a.b', '--constructor'], 'no option --constructor', ''],
    [['watch', 'a.b', '--limit', '0'], 'whole number from 1', ''],
    [['watch', 'a.b', '--for', '1.5'], 'whole number', ''],
    [['serve', 'now'], 'takes no "now"', ''],
    [['serve', '--port', '70000'], 'at most 65535', ''],
    [['serve', '--read-only', '--allow-admin'], 'contradict', ''],
    [['serve', '--tls-cert', 'x'], 'belong together', ''],
  ])('refuses %j with a hint', (args, message, hint) => {
    const error = usage(...args)
    expect(error.message).toContain(message)
    expect(error.hint ?? '').toContain(hint)
  })
})

describe('check-image', () => {
  test('takes an image and its limits', () => {
    expect(
      readCommandLine(['check-image', 'app:1', '--min-efficiency', '0.95', '--max-wasted', '20MB']),
    ).toEqual({
      command: 'check-image',
      image: { name: 'app:1' },
      limits: { minEfficiency: 0.95, maxWastedBytes: 20_000_000 },
      engine: {},
    })
  })

  test.each([
    ['/srv/app.tar', '/srv/app.tar'],
    ['./app.tar', resolve('app.tar')],
    ['../app.tar', resolve('../app.tar')],
  ])('takes %s for an archive', (path, archive) => {
    expect(readCommandLine(['check-image', path, '--max-wasted', '1'])).toMatchObject({ image: { archive } })
  })

  test('takes a name with slashes for an image', () => {
    expect(readCommandLine(['check-image', 'team/app:1', '--max-wasted', '1'])).toMatchObject({
      image: { name: 'team/app:1' },
    })
  })

  test.each([
    ['1.5 KiB', 1_536],
    ['7', 7],
    ['2gb', 2_000_000_000],
  ])('reads %s as bytes', (size, maxWastedBytes) => {
    expect(readCommandLine(['check-image', 'a', '--max-wasted', size])).toMatchObject({
      limits: { maxWastedBytes },
    })
  })

  test.each([
    [['check-image'], 'needs the name'],
    [['check-image', 'a'], 'needs a limit'],
    [['check-image', 'a', 'b', '--max-wasted', '1'], 'not also "b"'],
    [['check-image', 'a', '--max-wasted', 'much'], 'not "much"'],
    [['check-image', 'a', '--max-wasted', '1XB'], 'not "1XB"'],
    [['check-image', 'a', '--min-efficiency', '95%'], 'from 0 to 1'],
    [['check-image', 'a', '--min-efficiency', '1.2'], 'from 0 to 1'],
  ])('refuses %j', (args, message) => {
    expect(usage(...args).message).toContain(message)
  })

  test('says which limit is not kept', () => {
    const found = { efficiency: 0.9, wastedBytes: 100 }
    expect(brokenLimits(found, { minEfficiency: 0.9, maxWastedBytes: 100 })).toEqual([])
    expect(brokenLimits(found, { minEfficiency: 0.95, maxWastedBytes: 99 })).toEqual([
      'efficiency 0.9000 is less than 0.95',
      '100 bytes wasted are more than 99',
    ])
  })
})

describe('the window’s arguments', () => {
  test('stand among Chromium’s', () => {
    expect(
      readWindowArguments(['--no-sandbox', '/app', '--disable-gpu', '--endpoint', 'unix:///x', '--lang=de']),
    ).toEqual({ endpoint: 'unix:///x' })
  })

  test('are refused when they are nearly one of ours', () => {
    expect(() => readWindowArguments(['--endpiont', 'x'])).toThrow(UsageError)
  })
})

test('the help names every option', () => {
  for (const option of ['--endpoint', '--config', '--data-root', '--pidfile', '--dockerd', '--daemon-log'])
    for (const command of [undefined, 'call', 'watch', 'serve'] as const)
      expect(helpText(command)).toContain(option)
  for (const option of ['--port', '--host', '--read-only', '--allow-admin', '--insecure', '--tls-cert'])
    expect(helpText('serve')).toContain(option)
})
