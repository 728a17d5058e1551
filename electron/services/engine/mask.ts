const MASK = '*****'

/**
 * A command line that may be shown: passwords in URLs (`--http-proxy http://user:pass@host`) and
 * values whose name says that they are secret (`--log-opt splunk-token=…`) become `*****`.
 */
export function maskArgv(argv: readonly string[]): string[] {
  return argv.map((argument, index) => {
    const previous = argv[index - 1] ?? ''
    if (SECRET_FLAG.test(previous) && !argument.startsWith('-')) return MASK
    return maskText(argument)
  })
}

/** The same for one value. */
export function maskText(text: string): string {
  return text
    .replace(/([a-z][a-z0-9+.-]*:\/\/)([^\s/@]*)@/gi, `$1${MASK}@`)
    .replace(
      /((?:^|[\s,;?&-]|[\w.-])*(?:token|password|passwd|secret|credentials?|api-?key)[\w.-]*=)[^\s,;&]*/gi,
      `$1${MASK}`,
    )
}

const SECRET_FLAG = /^--?[\w.-]*(?:token|password|passwd|secret|credentials?|api-?key)[\w.-]*$/i
