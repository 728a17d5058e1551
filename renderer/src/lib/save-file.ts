/** Offers text or bytes to the browser as a file to keep. */
export function saveFile(name: string, content: string | Uint8Array<ArrayBuffer>, type = 'text/plain'): void {
  const url = URL.createObjectURL(new Blob([content], { type }))
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  // The download reads the URL after this turn.
  setTimeout(() => URL.revokeObjectURL(url), 10_000)
}

/** One JSON document a line, the form that `jq` and most log tools read. */
export function jsonLines(items: readonly unknown[]): string {
  return items.map((item) => `${JSON.stringify(item)}\n`).join('')
}

/** `porthole-events-20260102T030405Z.jsonl` */
export function fileName(subject: string, extension: string, at = new Date()): string {
  return `porthole-${subject}-${at.toISOString().replace(/[-:]|\.\d+/g, '')}.${extension}`
}
