import type { Document, Problem } from './document'
import { textOf, type ProblemCode, type ValuesOf } from './texts'

/** Collects what is wrong with a document, each with its place. */
export class Findings {
  readonly problems: Problem[] = []
  constructor(readonly document: Document) {}

  /** The engine refuses the file. */
  error<C extends ProblemCode>(where: { offset: number }, key: string, code: C, values: ValuesOf<C>): void {
    this.#add('error', where, key, code, values)
  }

  /** The engine starts, and what was meant does not happen, or hurts later. */
  warning<C extends ProblemCode>(where: { offset: number }, key: string, code: C, values: ValuesOf<C>): void {
    this.#add('warning', where, key, code, values)
  }

  #add<C extends ProblemCode>(
    severity: Problem['severity'],
    { offset }: { offset: number },
    key: string,
    code: C,
    values: ValuesOf<C>,
  ): void {
    const at = this.document.lines.place(offset)
    this.problems.push({ severity, ...textOf(code, values), key, ...at, source: 'static' })
  }
}
