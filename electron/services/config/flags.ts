import { optionOfFlag, OTHER_FLAGS, type ConfigOption } from './options'

/** One option on dockerd's command line. */
export interface Flag {
  /** As it was written, for example `--host` or `-H`. */
  flag: string
  /** Key of daemon.json it stands for; absent for `--config-file` and the like. */
  key?: string
  value: string
}

const otherBool: ReadonlySet<string> = new Set(['help', 'h', 'version', 'v', 'validate'])

/** Reads a dockerd command line (with the program first) the way its flag library does. */
export function parseFlags(argv: readonly string[], version: string): Flag[] {
  const flags: Flag[] = []
  const add = (flag: string, option: ConfigOption | undefined, value: string): void => {
    flags.push({ flag, ...(option === undefined ? {} : { key: option.key }), value })
  }
  for (let i = 1; i < argv.length; i += 1) {
    const arg = argv[i] ?? ''
    if (arg === '--') break
    if (arg.startsWith('--')) {
      const equals = arg.indexOf('=')
      const name = equals < 0 ? arg.slice(2) : arg.slice(2, equals)
      const option = optionOfFlag(name, version)
      if (equals >= 0) add(`--${name}`, option, arg.slice(equals + 1))
      else if (option?.type === 'bool' || otherBool.has(name)) add(`--${name}`, option, 'true')
      else add(`--${name}`, option, argv[(i += 1)] ?? '')
    } else if (arg.startsWith('-') && arg.length > 1) {
      // `-D`, `-H value`, `-Hvalue`, `-H=value`, and booleans run together: `-Dl debug`.
      for (let at = 1; at < arg.length; at += 1) {
        const letter = arg[at] ?? ''
        const option = optionOfFlag(letter, version)
        const rest = arg.slice(at + 1)
        if ((option?.type === 'bool' || otherBool.has(letter)) && !rest.startsWith('=')) {
          add(`-${letter}`, option, 'true')
          continue
        }
        add(`-${letter}`, option, rest === '' ? (argv[(i += 1)] ?? '') : rest.replace(/^=/, ''))
        break
      }
    }
  }
  return flags
}

/** The last value of a flag that is no option, for example `config-file`. */
export function otherFlag(flags: readonly Flag[], name: string): string | undefined {
  if (!OTHER_FLAGS.some((each) => each.flag === name)) return undefined
  return flags.findLast((each) => each.flag === `--${name}`)?.value
}

/** Value of an option's flags in the shape its key has, or undefined when no flag sets it. */
export function flagValue(flags: readonly Flag[], option: ConfigOption): unknown {
  const values = flags.filter((each) => each.key === option.key).map((each) => each.value)
  const last = values.at(-1)
  if (last === undefined) return undefined
  switch (option.type) {
    case 'bool':
      return last !== 'false' && last !== '0' && last !== 'f' && last !== 'F'
    case 'int':
      return Number(last)
    case 'strings':
    case 'pools':
      return values
    case 'string-map':
      return Object.fromEntries(values.map(pair))
    case 'bool-map':
      return Object.fromEntries(values.map(pair).map(([name, value]) => [name, value !== 'false']))
    case 'runtimes':
      return Object.fromEntries(values.map(pair).map(([name, path]) => [name, { path }]))
    case 'size':
    case 'string':
    case 'ip':
      return last
    default:
      return values
  }
}

function pair(text: string): [string, string] {
  const equals = text.indexOf('=')
  return equals < 0 ? [text, ''] : [text.slice(0, equals), text.slice(equals + 1)]
}
