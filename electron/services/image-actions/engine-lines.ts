import { plain } from './plain'

/** Longest line that is looked at; the engine's own have some hundred bytes. */
const MAX_LINE = 64 * 1024
const MAX_SAID = 200

/** One line of the engine's progress, as far as it counts here. */
export interface EngineLine {
  /** For people, without control characters. */
  said?: string
  /** Why it failed. */
  error?: string
  /** Name or id of an image that is there now. */
  image?: string
}

/**
 * Takes the lines of JSON in which the engine tells its progress (`status`, `stream`, `error`, `id`, as
 * its jsonmessage package writes them). A line that is too long or no JSON is left out.
 */
export class EngineLines {
  #parts: Buffer[] = []
  #length = 0
  #skip = false

  push(bytes: Buffer): EngineLine[] {
    const lines: EngineLine[] = []
    let rest = bytes
    for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10)) {
      this.#keep(rest.subarray(0, end))
      rest = rest.subarray(end + 1)
      lines.push(...this.end())
    }
    this.#keep(rest)
    return lines
  }

  /** What stands behind the last line break. */
  end(): EngineLine[] {
    const line = this.#skip ? undefined : parse(Buffer.concat(this.#parts).toString('utf8'))
    this.#parts = []
    this.#length = 0
    this.#skip = false
    return line === undefined ? [] : [line]
  }

  #keep(bytes: Buffer): void {
    this.#length += bytes.length
    if (this.#length > MAX_LINE) {
      this.#skip = true
      this.#parts = []
    } else if (bytes.length > 0) this.#parts.push(bytes)
  }
}

function parse(line: string): EngineLine | undefined {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    return undefined
  }
  if (typeof value !== 'object' || value === null) return undefined
  const { status, stream, error, errorDetail, id } = value as Record<string, unknown>
  const why = text(error) ?? text((errorDetail as { message?: unknown } | undefined)?.message)
  if (why !== undefined) return { error: plain(why.trim()) }
  const words = (text(stream) ?? text(status))?.trim()
  if (words === undefined) return undefined
  const image =
    /^Loaded image(?: ID)?: (\S{1,512})$/.exec(words)?.[1] ?? /^sha256:[0-9a-f]{64}$/.exec(words)?.[0]
  const about = text(id)
  return {
    said: plain(about === undefined ? words : `${about}: ${words}`, MAX_SAID),
    ...(image === undefined ? {} : { image: plain(image) }),
  }
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}
