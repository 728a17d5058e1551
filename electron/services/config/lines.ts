/** Finds lines and columns of one text; made once, so that a place costs no walk through the text. */
export class Lines {
  readonly #starts: number[] = [0]
  /** Characters beyond U+FFFF count once and take two units; most files have none. */
  readonly #wide: boolean
  /** Where the last place was: problems mostly come in the order of the text. */
  #last = { start: 0, offset: 0, column: 1 }

  constructor(readonly text: string) {
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) this.#starts.push(at + 1)
    this.#wide = /[\uD800-\uDFFF]/.test(text)
  }

  /** 1-based line and column (in characters) of an offset. */
  place(offset: number): { line: number; column: number } {
    let low = 0
    let high = this.#starts.length - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if ((this.#starts[middle] ?? 0) <= offset) low = middle
      else high = middle - 1
    }
    const start = this.#starts[low] ?? 0
    return { line: low + 1, column: this.#wide ? this.#walk(start, offset) : offset - start + 1 }
  }

  #walk(start: number, offset: number): number {
    const last = this.#last
    const from = last.start === start && last.offset <= offset ? last : { offset: start, column: 1 }
    const column = from.column + [...this.text.slice(from.offset, offset)].length
    this.#last = { start, offset, column }
    return column
  }
}
