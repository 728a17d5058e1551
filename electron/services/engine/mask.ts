const MASK = '*****'

/**
 * A command line that may be shown: passwords in URLs (`--http-proxy http://user:pass@host`) and
 * values whose name says that they are secret (`--log-opt splunk-token=…`) become `*****`.
 */
export function maskArgv(argv: readonly string[]): string[] {
  return argv.map((argument, index) => {
    const previous = argv[index - 1] ?? ''
    if (isSecretFlag(previous) && !argument.startsWith('-')) return MASK
    return maskText(argument)
  })
}

/** The same for one value. The bounds keep a text of any size cheap. */
export function maskText(text: string): string {
  return text
    .replace(/([a-z][a-z0-9+.-]{0,30}:\/\/)[^\s/]{0,4096}@/gi, `$1${MASK}@`)
    .replace(/([\w.-]{1,64}=)[^\s,;&]*/g, (whole, name: string) =>
      SECRET_NAME.test(name) ? `${name}${MASK}` : whole,
    )
}

const SECRET_NAME = /token|password|passwd|secret|credential|api-?key/i

function isSecretFlag(argument: string): boolean {
  return argument.startsWith('-') && !argument.includes('=') && SECRET_NAME.test(argument)
}
