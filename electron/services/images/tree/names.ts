import { asked } from '../../../helper/storage/names'

/** Names by number, each kept once: most names of an image are in it many times. */
export class Names {
  readonly #numbers = new Map<string, number>()
  readonly #texts: string[] = []

  number(text: string): number {
    const known = this.#numbers.get(text)
    if (known !== undefined) return known
    const number = this.#texts.length
    this.#numbers.set(text, number)
    this.#texts.push(text)
    return number
  }

  /** Undefined for a name that nothing has. */
  find(text: string): number | undefined {
    return this.#numbers.get(text)
  }

  text(number: number): string {
    return this.#texts[number] ?? ''
  }
}

/** Bytes of a name as the text that asks for them; a text of its own, no part of a longer one. */
export function spelled(bytes: Buffer): string {
  const text = bytes.toString('utf8')
  return text.includes('\ufffd') || text.includes('\\') ? asked(bytes) : text
}
