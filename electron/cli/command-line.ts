import { resolve } from 'node:path'
import { parseArgs, type ParseArgsConfig } from 'node:util'
import { nearest } from '../rpc/nearest'

/** What was typed cannot be carried out; exit status 2. */
export class UsageError extends Error {
  readonly hint: string | undefined
  constructor(message: string, hint?: string) {
    super(message)
    this.name = 'UsageError'
    this.hint = hint
  }
}

type OptionTable = NonNullable<ParseArgsConfig['options']>

/** Which daemon, for every command and for the window. */
const ENGINE_OPTIONS = {
  endpoint: { type: 'string' },
  config: { type: 'string' },
  'data-root': { type: 'string' },
  pidfile: { type: 'string' },
  dockerd: { type: 'string' },
  'daemon-log': { type: 'string' },
  sandbox: { type: 'boolean' },
  'sandbox-dockerd': { type: 'string' },
} as const satisfies OptionTable

const ALWAYS = {
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean', short: 'v' },
} as const satisfies OptionTable

const COMMAND_OPTIONS = {
  '': {},
  call: {},
  watch: { limit: { type: 'string' }, for: { type: 'string' } },
  tap: { socket: { type: 'string' }, context: { type: 'string' }, quiet: { type: 'boolean', short: 'q' } },
  'check-image': { 'min-efficiency': { type: 'string' }, 'max-wasted': { type: 'string' } },
  serve: {
    port: { type: 'string' },
    host: { type: 'string' },
    'read-only': { type: 'boolean' },
    'allow-admin': { type: 'boolean' },
    insecure: { type: 'boolean' },
    'tls-cert': { type: 'string' },
    'tls-key': { type: 'string' },
  },
} as const satisfies Record<string, OptionTable>

export type Command = Exclude<keyof typeof COMMAND_OPTIONS, ''>
const COMMANDS: readonly Command[] = ['call', 'watch', 'tap', 'serve', 'check-image']

/** Which daemon the options name. Paths are as they were typed. */
export interface EngineOptions {
  endpoint?: string
  configFile?: string
  dataRoot?: string
  pidfile?: string
  dockerd?: string
  daemonLog?: string
  sandbox?: boolean
  /** Folder with the dockerd to run as the sandbox. */
  sandboxDockerd?: string
}

export interface ServeOptions {
  port?: number
  host: string
  readOnly: boolean
  allowAdmin: boolean
  insecure: boolean
  tlsCert?: string
  tlsKey?: string
}

export interface TapOptions {
  /** Path to listen on. */
  socket?: string
  /** Name of the docker context to make for it. */
  context?: string
  quiet: boolean
}

/** What an image has to keep to. */
export interface ImageLimits {
  /** From 0 to 1. */
  minEfficiency?: number
  maxWastedBytes?: number
}

/** An image of the engine by its name, or an archive on disk by its absolute path. */
export type CheckedImage = { name: string } | { archive: string }

export type CommandLine =
  | { command: 'help'; of: Command | undefined }
  | { command: 'version' }
  | { command: 'call'; name: string; input: string | undefined; engine: EngineOptions }
  | {
      command: 'watch'
      name: string
      input: string | undefined
      limit?: number
      forMs?: number
      engine: EngineOptions
    }
  | { command: 'tap'; tap: TapOptions; engine: EngineOptions }
  | { command: 'check-image'; image: CheckedImage; limits: ImageLimits; engine: EngineOptions }
  | { command: 'serve'; serve: ServeOptions; engine: EngineOptions }

/** Reads the arguments after `porthole`. Throws {@link UsageError}. */
export function readCommandLine(args: readonly string[]): CommandLine {
  // The command is the first word that is neither an option nor an option's value.
  const { tokens } = parseArgs({ args: [...args], options: allOptions(), strict: false, tokens: true })
  const words = tokens.flatMap((token) => (token.kind === 'positional' ? [token.value] : []))
  const [word, ...rest] = words
  const command = COMMANDS.find((one) => one === word)
  if (word !== undefined && command === undefined) {
    const near = nearest(word, COMMANDS)
    throw new UsageError(
      `There is no command "${word}".`,
      near === undefined
        ? `Commands: ${COMMANDS.join(', ')}. See porthole --help.`
        : `Did you mean "${near}"?`,
    )
  }

  const values = readOptions(args, command)
  if (values['help'] === true) return { command: 'help', of: command }
  if (values['version'] === true) return { command: 'version' }
  if (command === undefined) return { command: 'help', of: undefined }
  const engine = engineOptions(values)
  if (command === 'serve' || command === 'tap') {
    if (rest.length > 0)
      throw new UsageError(`"${command}" takes no "${rest[0] ?? ''}".`, `See porthole ${command} --help.`)
    return command === 'serve'
      ? { command, serve: serveOptions(values), engine }
      : { command, tap: tapOptions(values), engine }
  }
  if (command === 'check-image') return { command, ...checkOptions(rest, values), engine }
  const [name, input, extra] = rest
  if (name === undefined)
    throw new UsageError(
      `"${command}" needs a name.`,
      command === 'call'
        ? 'For example: porthole call engine.status'
        : 'For example: porthole watch events.watch',
    )
  if (extra !== undefined)
    throw new UsageError(
      `"${command}" takes a name and one JSON text, not also "${extra}".`,
      'Put the JSON in quotes.',
    )
  if (command === 'call') return { command, name, input, engine }
  const limit = wholeNumber(values, 'limit', 1)
  const forMs = wholeNumber(values, 'for', 1)
  return {
    command,
    name,
    input,
    ...(limit === undefined ? {} : { limit }),
    ...(forMs === undefined ? {} : { forMs }),
    engine,
  }
}

/**
 * The window's own options out of Electron's arguments, where Chromium's switches stand beside
 * them and are none of our business. Throws {@link UsageError}.
 */
export function readWindowArguments(args: readonly string[]): EngineOptions {
  const { values, tokens } = parseArgs({
    args: [...args],
    options: ENGINE_OPTIONS,
    strict: false,
    tokens: true,
  })
  for (const token of tokens) {
    if (token.kind !== 'option' || Object.hasOwn(ENGINE_OPTIONS, token.name)) continue
    const near = nearest(token.name, Object.keys(ENGINE_OPTIONS))
    if (near !== undefined)
      throw new UsageError(`There is no option ${token.rawName}.`, `Did you mean --${near}?`)
  }
  return engineOptions(values)
}

type Values = Record<string, string | boolean | (string | boolean)[] | undefined>

function allOptions(): OptionTable {
  return {
    ...ALWAYS,
    ...ENGINE_OPTIONS,
    ...COMMAND_OPTIONS.watch,
    ...COMMAND_OPTIONS.tap,
    ...COMMAND_OPTIONS.serve,
    ...COMMAND_OPTIONS['check-image'],
  }
}

/** Checks each option against what the command knows, then gives their values. */
function readOptions(args: readonly string[], command: Command | undefined): Values {
  const known: OptionTable = { ...ALWAYS, ...ENGINE_OPTIONS, ...COMMAND_OPTIONS[command ?? ''] }
  const { tokens, values } = parseArgs({
    args: [...args],
    options: allOptions(),
    strict: false,
    tokens: true,
  })
  for (const token of tokens) {
    if (token.kind !== 'option') continue
    const def = Object.hasOwn(known, token.name) ? known[token.name] : undefined
    if (def === undefined) {
      const near = nearest(token.name, Object.keys(known))
      throw new UsageError(
        `${command === undefined ? 'porthole' : `"${command}"`} has no option ${token.rawName}.`,
        near === undefined ? 'See porthole --help.' : `Did you mean --${near}?`,
      )
    }
    if (
      def.type === 'string' &&
      (token.value === undefined || (!token.inlineValue && token.value.startsWith('--')))
    )
      throw new UsageError(`${token.rawName} needs a value.`, `For example: ${example(token.name)}`)
    if (def.type === 'boolean' && token.value !== undefined)
      throw new UsageError(`${token.rawName} takes no value.`)
  }
  return values
}

function example(option: string): string {
  switch (option) {
    case 'endpoint':
      return '--endpoint unix:///run/docker.sock'
    case 'config':
      return '--config /etc/docker/daemon.json'
    case 'limit':
    case 'for':
    case 'port':
      return `--${option} 1000`
    case 'host':
      return '--host 127.0.0.1'
    case 'min-efficiency':
      return '--min-efficiency 0.95'
    case 'max-wasted':
      return '--max-wasted 20MB'
    case 'context':
      return '--context tapped'
    default:
      return `--${option} /path`
  }
}

function engineOptions(values: Values): EngineOptions {
  const text = (name: string) => (typeof values[name] === 'string' ? values[name] : undefined)
  const options: EngineOptions = {}
  const endpoint = text('endpoint')
  const configFile = text('config')
  const dataRoot = text('data-root')
  const pidfile = text('pidfile')
  const dockerd = text('dockerd')
  const daemonLog = text('daemon-log')
  const sandboxDockerd = text('sandbox-dockerd')
  if (endpoint !== undefined) options.endpoint = endpoint
  if (configFile !== undefined) options.configFile = configFile
  if (dataRoot !== undefined) options.dataRoot = dataRoot
  if (pidfile !== undefined) options.pidfile = pidfile
  if (dockerd !== undefined) options.dockerd = dockerd
  if (daemonLog !== undefined) options.daemonLog = daemonLog
  if (values['sandbox'] === true || sandboxDockerd !== undefined) options.sandbox = true
  if (sandboxDockerd !== undefined) options.sandboxDockerd = sandboxDockerd
  if (options.sandbox === true && endpoint !== undefined)
    throw new UsageError('--sandbox starts a daemon of its own and takes no --endpoint.')
  return options
}

function tapOptions(values: Values): TapOptions {
  const { socket, context } = values
  return {
    ...(typeof socket === 'string' ? { socket: resolve(socket) } : {}),
    ...(typeof context === 'string' ? { context } : {}),
    quiet: values['quiet'] === true,
  }
}

function checkOptions(rest: readonly string[], values: Values): { image: CheckedImage; limits: ImageLimits } {
  const [name, extra] = rest
  if (name === undefined || name === '')
    throw new UsageError(
      '"check-image" needs the name of an image, or the path of an archive.',
      'For example: porthole check-image app:1 --min-efficiency 0.95',
    )
  if (extra !== undefined) throw new UsageError(`"check-image" takes one image, not also "${extra}".`)
  const { 'min-efficiency': efficiency, 'max-wasted': wasted } = values
  const limits: ImageLimits = {}
  if (typeof efficiency === 'string') {
    limits.minEfficiency = /^\d*\.?\d+$/.test(efficiency) ? Number(efficiency) : NaN
    if (!(limits.minEfficiency <= 1))
      throw new UsageError(`--min-efficiency is a number from 0 to 1, not "${efficiency}".`)
  }
  if (typeof wasted === 'string') {
    const bytes = readBytes(wasted)
    if (bytes === undefined)
      throw new UsageError(`--max-wasted is a size like 20MB or 512KiB, not "${wasted}".`)
    limits.maxWastedBytes = bytes
  }
  if (Object.keys(limits).length === 0)
    throw new UsageError('"check-image" needs a limit.', 'Give --min-efficiency, --max-wasted, or both.')
  // No image is called so: whoever means a file says where it lies, as for a program in a shell.
  const image = /^\.{0,2}\//.test(name) ? { archive: resolve(name) } : { name }
  return { image, limits }
}

const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
}

/** Bytes of a size as people write it; undefined for what is none. */
function readBytes(text: string): number | undefined {
  const [, number, unit] = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(text) ?? []
  const factor = UNITS[unit?.toLowerCase() ?? '-']
  return number === undefined || factor === undefined ? undefined : Math.round(Number(number) * factor)
}

function serveOptions(values: Values): ServeOptions {
  const port = wholeNumber(values, 'port', 0)
  if (port !== undefined && port > 65_535) throw new UsageError('--port is at most 65535.')
  const options: ServeOptions = {
    host: typeof values['host'] === 'string' ? values['host'] : '127.0.0.1',
    readOnly: values['read-only'] === true,
    allowAdmin: values['allow-admin'] === true,
    insecure: values['insecure'] === true,
  }
  if (port !== undefined) options.port = port
  if (typeof values['tls-cert'] === 'string') options.tlsCert = values['tls-cert']
  if (typeof values['tls-key'] === 'string') options.tlsKey = values['tls-key']
  if (options.readOnly && options.allowAdmin)
    throw new UsageError('--read-only and --allow-admin contradict each other.')
  if ((options.tlsCert === undefined) !== (options.tlsKey === undefined))
    throw new UsageError('--tls-cert and --tls-key belong together.')
  return options
}

function wholeNumber(values: Values, name: string, least: number): number | undefined {
  const value = values[name]
  if (typeof value !== 'string') return undefined
  const number = Number(value)
  if (!/^\d+$/.test(value) || !Number.isSafeInteger(number) || number < least)
    throw new UsageError(`--${name} is a whole number from ${least} on, not "${value}".`)
  return number
}
