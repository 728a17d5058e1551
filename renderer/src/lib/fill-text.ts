/**
 * Puts values into `{name}`, and words of the language into `{term:name}`, where the value names
 * an entry of `terms`. Undefined when a value is missing, so that no half sentence is shown.
 */
export function fillText(
  template: string,
  values: Readonly<Record<string, string>> = {},
  terms: Readonly<Record<string, string>> = {},
): string | undefined {
  let complete = true
  const text = template.replace(/\{(term:)?(\w+)\}/g, (_, term: string | undefined, name: string) => {
    const value = values[name]
    const word = term === undefined || value === undefined ? value : terms[value]
    if (word === undefined) complete = false
    return word ?? ''
  })
  return complete ? text : undefined
}
