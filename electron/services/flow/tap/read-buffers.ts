const SMALL = 16 * 1024
/** A unix socket hands over no more at once: its buffer has 208 KiB by default. */
const LARGE = 256 * 1024
/** Reads in a row that would have fitted into a small buffer. */
const CALM = 64

/**
 * The buffers one connection reads into: small while little comes, since hundreds of connections may
 * be idle, and large while a copy runs. At most one is kept besides the one in use.
 */
export class ReadBuffers {
  #size = SMALL
  #spare: Uint8Array | undefined
  #calm = 0

  /** A buffer nobody else uses. */
  next(): Uint8Array {
    const spare = this.#spare
    this.#spare = undefined
    return spare ?? Buffer.allocUnsafeSlow(this.#size)
  }

  /** Learns from how much a read brought. */
  read(count: number, buffer: Uint8Array): void {
    if (count === buffer.length) this.#resize(Math.min(LARGE, this.#size * 2))
    if (count > SMALL) this.#calm = 0
    else if (this.#size > SMALL && (this.#calm += 1) > CALM) this.#resize(SMALL)
  }

  /** Everything that was read into it has been written. */
  release(buffer: Uint8Array): void {
    if (buffer.length === this.#size) this.#spare = buffer
  }

  #resize(size: number): void {
    if (size === this.#size) return
    this.#size = size
    this.#spare = undefined
    this.#calm = 0
  }
}
