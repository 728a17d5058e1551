/**
 * Answers by a key that is never given to anything else, asked for once. One that fails is forgotten.
 */
export class Remembered<T> {
  readonly #answers = new Map<string, Promise<T>>()

  get(key: string, ask: () => Promise<T>): Promise<T> {
    const known = this.#answers.get(key)
    if (known !== undefined) return known
    const answer = ask()
    this.#answers.set(key, answer)
    answer.catch(() => {
      if (this.#answers.get(key) === answer) this.#answers.delete(key)
    })
    return answer
  }

  /** Forgets what is asked for by none of these keys. */
  keep(keys: ReadonlySet<string>): void {
    for (const key of this.#answers.keys()) if (!keys.has(key)) this.#answers.delete(key)
  }
}
