import { HelperError } from '../verb'

/** Fields of an untrusted input, each checked as it is taken. Unknown ones are refused. */
export class Input {
  private constructor(private readonly fields: ReadonlyMap<string, unknown>) {}

  static of(value: unknown, allowed: readonly string[]): Input {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw bad('The input is not an object.')
    const fields = new Map(Object.entries(value))
    for (const name of fields.keys()) if (!allowed.includes(name)) throw bad(`Unknown field "${name}".`)
    return new Input(fields)
  }

  text(name: string, maxLength: number): string {
    const value = this.fields.get(name)
    if (typeof value !== 'string' || value.length > maxLength)
      throw bad(`"${name}" must be a text of at most ${maxLength} characters.`)
    return value
  }

  /** An absolute path without a null character. */
  path(name: string): string {
    const value = this.text(name, 4_096)
    if (!value.startsWith('/') || value.includes('\0')) throw bad(`"${name}" must be an absolute path.`)
    return value
  }

  pid(name: string): number {
    const value = this.fields.get(name)
    if (typeof value !== 'number' || !Number.isInteger(value) || value < 2 || value > 2 ** 31)
      throw bad(`"${name}" must be a process id.`)
    return value
  }

  /** A full container id: 64 hexadecimal digits. */
  containerId(name: string): string {
    const value = this.text(name, 64)
    if (!/^[0-9a-f]{64}$/.test(value)) throw bad(`"${name}" must be a full container id.`)
    return value
  }

  /** Texts that all look alike; none when the field is missing. */
  texts(name: string, shape: RegExp, most: number): string[] {
    const value = this.fields.get(name) ?? []
    if (!Array.isArray(value) || value.length > most)
      throw bad(`"${name}" must be a list of at most ${most}.`)
    return value.map((each: unknown) => {
      if (typeof each !== 'string' || !shape.test(each)) throw bad(`"${name}" holds what it may not.`)
      return each
    })
  }

  number(name: string): number {
    const value = this.fields.get(name)
    if (typeof value !== 'number' || !Number.isSafeInteger(value))
      throw bad(`"${name}" must be a whole number.`)
    return value
  }

  flag(name: string): boolean {
    const value = this.fields.get(name)
    if (typeof value !== 'boolean') throw bad(`"${name}" must be true or false.`)
    return value
  }

  word<T extends string>(name: string, allowed: readonly T[]): T {
    const value = this.fields.get(name)
    const found = allowed.find((each) => each === value)
    if (found === undefined) throw bad(`"${name}" must be one of ${allowed.join(', ')}.`)
    return found
  }

  optional<T>(name: string, take: (name: string) => T): T | undefined {
    return this.fields.get(name) === undefined ? undefined : take(name)
  }
}

function bad(message: string): HelperError {
  return new HelperError('helper/failed', message)
}
