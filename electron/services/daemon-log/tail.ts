import { watch, type FSWatcher } from 'node:fs'
import { open, stat, type FileHandle } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import type { Feed, FeedSink } from './feed'
import { LineSplitter } from './splitter'

export interface TailOptions {
  /** Lines to begin with. */
  lines: number
  /** Milliseconds between looks where no file event came; inotify misses symbolic links and network mounts. */
  pollMs?: number
}

const BLOCK = 256 * 1024
/** How far back the beginning is looked for, in bytes. */
const MAX_BACK = 64 * 1024 * 1024
/** Bytes before the position that must still be there: a file cut and grown again is told by them. */
const ANCHOR = 64

/**
 * Follows a log file by its name, as `tail -F` does: from its last lines on, over truncation,
 * rotation by rename or by copy, and times in which there is no such file.
 */
export class FileTail implements Feed {
  readonly #path: string
  readonly #lines: number
  readonly #pollMs: number
  readonly #block = Buffer.allocUnsafe(BLOCK)
  #sink: FeedSink | undefined
  #handle: FileHandle | undefined
  #identity: Identity | undefined
  /** Bytes read of the file, with those of a line that has not ended. */
  #position = 0
  #anchor = Buffer.alloc(0)
  #splitter = new LineSplitter()
  #watcher: FSWatcher | undefined
  #timer: NodeJS.Timeout | undefined
  #running: Promise<void> | undefined
  #again = false
  #caughtUp = false
  /** The file was not missing since the start: its first lines are not news. */
  #fresh = true

  constructor(path: string, options: TailOptions) {
    this.#path = path
    this.#lines = options.lines
    this.#pollMs = options.pollMs ?? 1_000
  }

  start(sink: FeedSink): void {
    if (this.#sink) return
    this.#sink = sink
    this.#caughtUp = false
    this.#fresh = true
    this.#timer = setInterval(() => this.#look(), this.#pollMs)
    this.#look()
  }

  async stop(): Promise<void> {
    this.#sink = undefined
    clearInterval(this.#timer)
    this.#unwatch()
    await this.#running
    await this.#close()
  }

  /** Looks at the file once, and once more when asked meanwhile. */
  #look(): void {
    this.#again = true
    this.#running ??= (async () => {
      while (this.#again && this.#sink) {
        this.#again = false
        try {
          await this.#catchUp()
        } catch (error) {
          this.#failed(error)
        }
        if (!this.#caughtUp) {
          this.#caughtUp = true
          this.#sink?.caughtUp()
        }
      }
    })().finally(() => {
      this.#running = undefined
    })
  }

  async #catchUp(): Promise<void> {
    this.#watch()
    if (!this.#handle) await this.#open()
    await this.#read()
    let now
    try {
      now = await stat(this.#path, { bigint: true })
    } catch (error) {
      // Renamed away, and the writer may still write to it: this handle goes on until a new one is there.
      this.#failed(error)
      return
    }
    if (this.#identity && (now.dev !== this.#identity.dev || now.ino !== this.#identity.ino)) {
      await this.#read()
      this.#endPartialLine()
      await this.#close()
      this.#identity = undefined
      await this.#open()
      await this.#read()
    }
    this.#sink?.state('live')
  }

  /** Opens the file; where it is the one this tail left, it goes on there. */
  async #open(): Promise<void> {
    // Asked first: opening a FIFO waits for its writer.
    if (!(await stat(this.#path)).isFile())
      throw Object.assign(new Error('not a regular file'), { code: 'ENOTREG' })
    const handle = await open(this.#path, 'r')
    this.#handle = handle
    const info = await handle.stat({ bigint: true })
    const known = this.#identity
    const size = Number(info.size)
    this.#identity = { dev: info.dev, ino: info.ino }
    if (known?.dev === info.dev && known.ino === info.ino && size - this.#position < MAX_BACK) return

    this.#splitter = new LineSplitter()
    // The first file begins with its last lines; one that took its place is new from its start.
    this.#position = this.#fresh || size > MAX_BACK ? await this.#startOfLast(handle, size) : 0
    this.#fresh = false
    const back = Math.min(ANCHOR, this.#position)
    const { bytesRead } = await handle.read(this.#block, 0, back, this.#position - back)
    this.#anchor = Buffer.from(this.#block.subarray(0, bytesRead))
  }

  /** Offset of the last lines' beginning, found by reading blocks backwards. */
  async #startOfLast(handle: FileHandle, size: number): Promise<number> {
    let found = 0
    let end = size
    const floor = Math.max(0, size - MAX_BACK)
    if (this.#lines === 0) return size
    while (end > floor) {
      const from = Math.max(floor, end - BLOCK)
      const { bytesRead } = await handle.read(this.#block, 0, end - from, from)
      for (let at = bytesRead - 1; at >= 0; at -= 1) {
        // The newline at the very end closes the last line and begins none.
        if (this.#block[at] !== 0x0a || from + at === size - 1) continue
        found += 1
        if (found === this.#lines) return from + at + 1
      }
      end = from
    }
    return floor
  }

  async #read(): Promise<void> {
    const handle = this.#handle
    if (!handle) return
    while (this.#sink) {
      const back = this.#anchor.length
      const { bytesRead } = await handle.read(this.#block, 0, BLOCK, this.#position - back)
      const same = bytesRead >= back && this.#block.subarray(0, back).equals(this.#anchor)
      if (!same) {
        this.#endPartialLine()
        this.#position = 0
        this.#anchor = Buffer.alloc(0)
        continue
      }
      if (bytesRead === back) return
      const fresh = this.#block.subarray(back, bytesRead)
      this.#position += fresh.length
      const lines = this.#splitter.push(fresh)
      this.#anchor = Buffer.from(this.#block.subarray(Math.max(0, bytesRead - ANCHOR), bytesRead))
      if (lines.length > 0)
        this.#sink?.lines(
          lines.map((text) => ({ text })),
          !this.#caughtUp,
        )
    }
  }

  #endPartialLine(): void {
    const text = this.#splitter.flush()
    if (text !== undefined) this.#sink?.lines([{ text }], !this.#caughtUp)
  }

  #watch(): void {
    if (this.#watcher) return
    const name = basename(this.#path)
    try {
      // The folder, not the file: only so is a new file of that name noticed.
      const watcher = watch(dirname(this.#path), { persistent: false }, (_event, changed) => {
        if (changed === null || changed === name) this.#look()
      })
      watcher.on('error', () => this.#unwatch())
      this.#watcher = watcher
    } catch {
      // No such folder yet, or no inotify watch left: the poll looks after it.
    }
  }

  #unwatch(): void {
    this.#watcher?.close()
    this.#watcher = undefined
  }

  async #close(): Promise<void> {
    const handle = this.#handle
    this.#handle = undefined
    await handle?.close()
  }

  #failed(error: unknown): void {
    const code = (error as NodeJS.ErrnoException).code
    if (code === 'ENOENT' || code === 'ENOTDIR') {
      this.#fresh = false
      // A folder that went away takes its watch with it.
      this.#unwatch()
      this.#sink?.state('waiting', `${this.#path} is not there at the moment.`)
    } else if (code === 'EACCES' || code === 'EPERM')
      this.#sink?.state('denied', `${this.#path} may not be read by this user.`)
    else if (code === 'ENOTREG') this.#sink?.state('waiting', `${this.#path} is not a regular file.`)
    else this.#sink?.state('waiting', `${this.#path} could not be read (${code ?? 'unknown reason'}).`)
  }
}

interface Identity {
  dev: bigint
  ino: bigint
}
