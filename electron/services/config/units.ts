/** Sizes as dockerd's units library takes them: `64M`, `1.5GiB`, `64 kB`, `67108864`. */
export function isSize(text: string): boolean {
  const [, number = '', suffix = ''] = /^(.*[\d. ])([^\d. ]*)$/s.exec(text) ?? []
  // One blank may stand between the two.
  const digits = number.endsWith(' ') ? number.slice(0, -1) : number
  return /^\+?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(digits) && /^([kmgtp](i?b)?|b)?$/i.test(suffix)
}

/** What Go's strconv.ParseBool takes. */
export function isGoBool(text: string): boolean {
  return ['1', 't', 'T', 'TRUE', 'true', 'True', '0', 'f', 'F', 'FALSE', 'false', 'False'].includes(text)
}

/** What Go's strconv.Atoi takes. */
export function isGoInt(text: string): boolean {
  return /^[+-]?\d+$/.test(text) && Math.abs(Number(text)) < 2 ** 63
}

/** What Go's time.ParseDuration takes: `1.5s`, `2h45m`, `0`. */
export function isDuration(text: string): boolean {
  return /^[+-]?(0|((\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h))+)$/.test(text)
}
