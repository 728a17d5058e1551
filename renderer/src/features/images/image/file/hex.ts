/** Bytes in one line. */
export const WIDTH = 16

/** Number of a line's first byte, as eight hexadecimal digits. */
export function offsetText(line: number): string {
  return (line * WIDTH).toString(16).padStart(8, '0')
}

/** The bytes of a line in two halves of eight: `7f 45 4c 46 …`. */
export function hexText(bytes: Uint8Array, line: number): string {
  const part = bytes.subarray(line * WIDTH, (line + 1) * WIDTH)
  let text = ''
  part.forEach((byte, index) => {
    if (index > 0) text += index === WIDTH / 2 ? '  ' : ' '
    text += byte.toString(16).padStart(2, '0')
  })
  return text
}

/** The same bytes as letters, those that have none as a dot. */
export function asciiText(bytes: Uint8Array, line: number): string {
  let text = ''
  for (const byte of bytes.subarray(line * WIDTH, (line + 1) * WIDTH))
    text += byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.'
  return text
}

/** Numbers of the lines that some bytes take. */
export function linesOf(bytes: Uint8Array): number[] {
  return Array.from({ length: Math.ceil(bytes.length / WIDTH) }, (_, line) => line)
}
