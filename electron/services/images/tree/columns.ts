const FIRST = 1024

type Numbers = Int32Array | Uint8Array | Uint16Array | Uint32Array | Float64Array

/** A list of numbers in as few bytes as their kind takes; it doubles when it is full. */
export class Column<T extends Numbers> {
  #values: T
  #length = 0

  constructor(private readonly make: new (length: number) => T) {
    this.#values = new make(FIRST)
  }

  get length(): number {
    return this.#length
  }

  push(value: number): void {
    if (this.#length === this.#values.length) {
      const larger = new this.make(this.#length * 2)
      larger.set(this.#values)
      this.#values = larger
    }
    this.#values[this.#length] = value
    this.#length += 1
  }

  get(at: number): number {
    return this.#values[at] ?? 0
  }

  set(at: number, value: number): void {
    this.#values[at] = value
  }
}
