import type { Problem } from '../document'
import { JSON_TEXTS } from './json'
import { KEY_TEXTS } from './keys'
import { OUTSIDE_TEXTS } from './outside'
import { TERMS } from './terms'
import { VALUE_TEXTS } from './values'

/** What a reader is told of one kind of fault. `{name}` takes a value, `{term:name}` one of {@link TERMS}. */
export interface Text {
  message: string
  hint?: string
}

/**
 * Every fault the check can tell of, by code. It is the only place where their English stands;
 * other languages have a table of the same codes and placeholders.
 */
export const TEXTS = { ...JSON_TEXTS, ...KEY_TEXTS, ...VALUE_TEXTS, ...OUTSIDE_TEXTS } as const

export type ProblemCode = keyof typeof TEXTS

type Names<S> = S extends `${string}{${infer Name}}${infer Rest}`
  ? (Name extends `term:${infer Term}` ? Term : Name) | Names<Rest>
  : never
type NamesOf<T> =
  (T extends { message: infer M } ? Names<M> : never) | (T extends { hint: infer H } ? Names<H> : never)

/** Values the texts of a code need, each as a text. */
export type ValuesOf<C extends ProblemCode> = Readonly<Record<NamesOf<(typeof TEXTS)[C]>, string>>

/** Message, hint and values of a problem, in English. */
export function textOf<C extends ProblemCode>(
  code: C,
  values: ValuesOf<C>,
): Pick<Problem, 'code' | 'message' | 'hint' | 'detail'> {
  const { message, hint }: Text = TEXTS[code]
  return {
    code,
    message: fill(message, values),
    ...(hint === undefined ? {} : { hint: fill(hint, values) }),
    ...(Object.keys(values).length === 0 ? {} : { detail: { ...values } }),
  }
}

function fill(template: string, values: Readonly<Record<string, string>>): string {
  return template.replace(/\{(term:)?(\w+)\}/g, (_, term: string | undefined, name: string) => {
    const value = values[name] ?? ''
    return term === undefined ? value : ((TERMS as Record<string, string>)[value] ?? value)
  })
}
