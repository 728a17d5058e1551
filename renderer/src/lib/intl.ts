/**
 * The language's own formatters. To make one takes longer than to draw a row of a list, so each is
 * made once and kept; there are as many as there are ways to write a number, times two languages.
 */
const made = new Map<string, unknown>()

function kept<F>(kind: string, locale: string, options: object | undefined, make: () => F): F {
  const key = `${kind} ${locale} ${JSON.stringify(options)}`
  let format = made.get(key) as F | undefined
  if (format === undefined) {
    format = make()
    made.set(key, format)
  }
  return format
}

/** An `Intl.NumberFormat` that is shared. */
export function numberFormat(locale: string, options?: Intl.NumberFormatOptions): Intl.NumberFormat {
  return kept('number', locale, options, () => new Intl.NumberFormat(locale, options))
}

/** An `Intl.DateTimeFormat` that is shared. */
export function dateFormat(locale: string, options?: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  return kept('date', locale, options, () => new Intl.DateTimeFormat(locale, options))
}

/** An `Intl.RelativeTimeFormat` that is shared. */
export function relativeFormat(
  locale: string,
  options?: Intl.RelativeTimeFormatOptions,
): Intl.RelativeTimeFormat {
  return kept('relative', locale, options, () => new Intl.RelativeTimeFormat(locale, options))
}
