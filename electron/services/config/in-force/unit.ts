/** One file of a systemd unit, as `systemctl cat` prints it. */
interface UnitFile {
  path: string
  lines: string[]
}

/** A variable the unit sets, and the file that does. */
export interface UnitVariable {
  name: string
  value: string
  path: string
}

/** What a unit and its drop-ins tell dockerd. */
export interface UnitSources {
  /** The command that counts: an empty assignment drops those before it. */
  exec?: { path: string; command: string }
  variables: UnitVariable[]
  /** `EnvironmentFile=` entries, without their dash. */
  environmentFiles: string[]
}

/** Reads the answer of `systemctl cat UNIT`: the unit first, then its drop-ins in their order. */
export function parseUnit(text: string): UnitSources {
  const sources: UnitSources = { variables: [], environmentFiles: [] }
  for (const file of filesOf(text)) {
    let section = ''
    for (const line of file.lines) {
      section = /^\[(.+)\]$/.exec(line)?.[1] ?? section
      const assignment = /^(\w+)\s*=\s*(.*)$/.exec(line)
      if (assignment === null || section !== 'Service') continue
      const [, name = '', value = ''] = assignment
      if (name === 'ExecStart') {
        if (value === '') delete sources.exec
        else sources.exec = { path: file.path, command: value.replace(/^[-@:+!|]+/, '') }
      } else if (name === 'Environment') {
        if (value === '') sources.variables = []
        sources.variables.push(...variablesOf(value, file.path))
      } else if (name === 'EnvironmentFile') {
        if (value === '') sources.environmentFiles = []
        else sources.environmentFiles.push(value.replace(/^-/, ''))
      }
    }
  }
  return sources
}

/** The variables of an environment file, as systemd reads it. */
export function parseEnvironmentFile(text: string, path: string): UnitVariable[] {
  return joined(text).flatMap((line) => {
    const [, name, value = ''] = /^\s*([A-Za-z_]\w*)=(.*)$/.exec(line) ?? []
    return name === undefined ? [] : [{ name, value: unquoted(value.trim()), path }]
  })
}

/** Whether a file of a unit is a drop-in rather than the unit itself. */
export function isDropIn(path: string): boolean {
  return /\.d\/[^/]+\.conf$/.test(path)
}

/**
 * The file a flag of dockerd's command line stands in: the one with the command, or the one with
 * a variable the command takes it from. Undefined for a flag that is in neither (a unit that was
 * changed since the start).
 */
export function fileOfFlag(
  { flag, value }: { flag: string; value: string },
  { exec, variables }: Pick<UnitSources, 'exec' | 'variables'>,
): { path: string; variable?: string } | undefined {
  if (exec === undefined) return undefined
  const has = (text: string): boolean => {
    const words = wordsOf(text)
    return words.some(
      (word, at) =>
        word === `${flag}=${value}` ||
        word === `${flag}${value}` ||
        (word === flag && (value === 'true' || words[at + 1] === value)),
    )
  }
  if (has(exec.command)) return { path: exec.path }
  const taken = variables.findLast(
    ({ name, value: text }) => new RegExp(`\\$\\{?${name}\\b`).test(exec.command) && has(text),
  )
  return taken === undefined ? undefined : { path: taken.path, variable: taken.name }
}

function filesOf(text: string): UnitFile[] {
  const files: UnitFile[] = []
  for (const line of joined(text)) {
    const path = /^# (\/\S+)$/.exec(line)?.[1]
    if (path !== undefined) files.push({ path, lines: [] })
    else files.at(-1)?.lines.push(line.trim())
  }
  return files
}

/** Lines with those joined that end in a backslash; comments other than `# /path` left out. */
function joined(text: string): string[] {
  return text
    .split('\n')
    .filter((line) => !/^\s*[#;]/.test(line) || /^# \/\S+$/.test(line))
    .join('\n')
    .replace(/\\\n\s*/g, ' ')
    .split('\n')
}

/** `"A=1 2" B=3` as systemd splits it. */
function variablesOf(text: string, path: string): UnitVariable[] {
  return wordsOf(text).flatMap((word) => {
    const equals = word.indexOf('=')
    return equals < 1 ? [] : [{ name: word.slice(0, equals), value: word.slice(equals + 1), path }]
  })
}

function wordsOf(text: string): string[] {
  return (text.match(/(?:"(?:\\.|[^"\\])*"|'[^']*'|[^\s"'])+/g) ?? []).map(unquoted)
}

function unquoted(word: string): string {
  return word.replace(/"((?:\\.|[^"\\])*)"|'([^']*)'/g, (_all, double?: string, single?: string) =>
    (double ?? single ?? '').replace(/\\(["\\])/g, '$1'),
  )
}
