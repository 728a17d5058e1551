import { header } from './tar'

/** Entries of one folder, itself among them. */
const PER_FOLDER = 1_000
const BLOCK = 512

/**
 * Headers of so many entries, a multiple of a thousand: folders with 999 empty files each, one folder at
 * a time. Without the blocks of zeros that end a tar. Each header by itself would take most of a test.
 */
export function* manyEntries(entries: number): Generator<Buffer> {
  for (let folder = 0; folder < entries / PER_FOLDER; folder += 1) {
    const path = `many/${folder}/`
    const blocks = Buffer.alloc(PER_FOLDER * BLOCK)
    header({ name: path, flag: '5', mode: 0o755 }).copy(blocks)
    const first = header({ name: `${path}file-000` })
    const zeros = first.reduce((sum, byte, at) => sum + (at >= 148 && at < 156 ? 0x20 : byte), 0)
    for (let file = 1; file < PER_FOLDER; file += 1) {
      const at = file * BLOCK
      first.copy(blocks, at)
      const digits = [Math.floor(file / 100), Math.floor(file / 10) % 10, file % 10]
      for (const [index, digit] of digits.entries()) blocks[at + path.length + 5 + index] = 0x30 + digit
      const sum = digits.reduce((all, digit) => all + digit, zeros)
      blocks.write(sum.toString(8).padStart(6, '0'), at + 148, 'latin1')
    }
    yield blocks
  }
}
