/**
 * Command lines in a bundle's `config.json` with what can be a secret masked: `process.args` and
 * those of the hooks. The helper has masked the environments already. `mask` is told each whole
 * list, because a secret may stand behind its flag.
 */
export function maskArguments(
  value: unknown,
  mask: (args: string[]) => string[],
): { value: unknown; masked: number } {
  let masked = 0
  const walk = (node: unknown): unknown => {
    if (Array.isArray(node)) return node.map(walk)
    if (typeof node !== 'object' || node === null) return node
    return Object.fromEntries(
      Object.entries(node).map(([key, inner]) => {
        if (key !== 'args' || !isTexts(inner)) return [key, walk(inner)]
        const shown = mask(inner)
        masked += shown.filter((text, index) => text !== inner[index]).length
        return [key, shown]
      }),
    )
  }
  return { value: walk(value), masked }
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string')
}
