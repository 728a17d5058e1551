import { maskText } from '../../engine'
import { Wake } from '../../wake'
import { Collector } from './collector'
import type { DebugPlan } from './debug'
import { cannotWrite, makeFile, removeFile } from './folder'
import type { RecordingEntry } from './format'
import type { RecordingDependencies, RecordingState } from './index'
import { RecordingWriter } from './writer'

type End = Exclude<RecordingState['ended'], undefined>

/** Milliseconds between two tellings of how much there is. */
const TELL_MS = 500

/** One recording from its file's first line to its last. */
export class Recording {
  readonly changes = new Wake()
  /** Resolves when its file is closed and debug is back, whatever came of it. */
  readonly ended: Promise<void>
  state: RecordingState
  readonly #collector: Collector
  readonly #stop = new AbortController()
  #over: () => void = () => undefined
  #tell: NodeJS.Timeout | undefined

  private constructor(
    private readonly deps: RecordingDependencies,
    private readonly folder: string,
    private readonly plan: DebugPlan,
    private readonly writer: RecordingWriter,
    begun: { id: string; startedAt: string; forMs: number },
  ) {
    this.#collector = new Collector(deps, (entry) => this.#write(entry), {
      full: () => this.stop('full'),
      changed: () => (this.#tell ??= setTimeout(() => this.#count(), TELL_MS)),
    })
    const { counts } = this.#collector
    this.state = { ...begun, stage: 'start', debug: plan.debug, seenBy: [], counts: { ...counts }, bytes: 0 }
    this.ended = new Promise((resolve) => (this.#over = resolve))
  }

  /** Makes its file. Throws `recording/*`. */
  static async open(
    deps: RecordingDependencies,
    folder: string,
    forMs: number,
    plan: DebugPlan,
  ): Promise<Recording> {
    const now = new Date()
    const { id, handle } = await makeFile(folder, now)
    const writer: RecordingWriter = new RecordingWriter(handle, () => recording.stop('full'))
    const startedAt = now.toISOString()
    const recording: Recording = new Recording(deps, folder, plan, writer, { id, startedAt, forMs })
    return recording
  }

  /** Ends it before its time. */
  stop(why: End): void {
    if (this.state.ended !== undefined) return
    this.state = { ...this.state, ended: why }
    this.#stop.abort()
  }

  /** Records; resolves when it is done. Throws why it could not begin, or be written; then no file is left. */
  async run(): Promise<void> {
    try {
      const { endpoint } = this.deps.engine.link
      const { engine } = await this.deps.engine.status(AbortSignal.timeout(10_000))
      this.writer.begin({
        porthole: 'recording',
        version: 1,
        startedAt: this.state.startedAt,
        forMs: this.state.forMs,
        endpoint: maskText(endpoint),
        ...(engine === undefined ? {} : { engine: { name: engine.name, version: engine.version } }),
        debug: this.plan.debug,
      })
      this.#collector.start()
      const { hold } = this.plan
      if (hold === undefined) await this.#last()
      else await this.#lastWith(hold)
      await this.#finish()
    } catch (error) {
      await this.#collector.end()
      await this.writer.close().catch(() => undefined)
      await removeFile(this.folder, this.state.id).catch(() => undefined)
      throw error
    } finally {
      clearTimeout(this.#tell)
      this.#over()
    }
  }

  /** Debug is on for as long as it lasts; that it did not come on is told as an error. */
  async #lastWith(hold: NonNullable<DebugPlan['hold']>): Promise<void> {
    const released = new AbortController()
    const { forMs } = this.state
    let isOn = false
    let told: () => void = () => undefined
    const isHeld = new Promise<void>((resolve) => (told = resolve))
    const back = hold({
      forMs,
      signal: released.signal,
      onHeld: ({ switched }) => {
        isOn = switched
        told()
      },
      onAsk: (asking) => this.#set({ stage: asking ? 'authorize' : 'start' }),
    })
    await Promise.race([isHeld, back, aborted(this.#stop.signal)])
    // Whoever holds debug on may be killed: what was recorded by then is kept.
    back.then(
      (outcome) => outcome === 'untouched' || this.stop('stopped'),
      () => this.stop('stopped'),
    )
    await this.#last()
    this.#set({ stage: 'back' })
    released.abort()
    try {
      const outcome = await back
      this.#set(
        outcome === 'untouched' ? { debug: 'was-on' } : { back: outcome, ...this.#levelLost(outcome) },
      )
    } catch (error) {
      if (!isOn) throw error
      // Its holder may be gone and debug off all the same: whoever waited for it put things in order.
      const why = error instanceof Error ? error.message : String(error)
      this.#set((await this.#isDebugOff()) ? { back: 'back' } : { back: 'failed', problem: why })
    }
  }

  async #isDebugOff(): Promise<boolean> {
    const status = await this.deps.engine.status(AbortSignal.timeout(10_000)).catch(() => undefined)
    return status?.engine?.debug === false
  }

  #levelLost(outcome: string): Partial<RecordingState> {
    const { levelLost } = this.plan
    return levelLost === undefined || outcome !== 'back' ? {} : { levelLost }
  }

  /** Its time, or until it is stopped. */
  async #last(): Promise<void> {
    const { signal } = this.#stop
    const { forMs } = this.state
    this.#set({ stage: 'record', endsAt: new Date(Date.now() + forMs).toISOString() })
    let timer: NodeJS.Timeout | undefined
    const over = new Promise<void>((resolve) => (timer = setTimeout(resolve, forMs)))
    await Promise.race([over, aborted(signal)])
    clearTimeout(timer)
    this.stop('time')
    // Before debug goes back: what asks for that is none of what was to be recorded.
    await this.#collector.end()
  }

  async #finish(): Promise<void> {
    await this.#collector.end()
    const { counts } = this.#collector
    const why = this.state.ended ?? 'time'
    this.writer.add({ t: 'end', at: new Date().toISOString(), why, counts }, true)
    try {
      await this.writer.close()
    } catch (error) {
      throw cannotWrite(this.folder, error)
    }
    this.#count()
    this.#set({ stage: 'done' })
  }

  #write(entry: RecordingEntry): boolean {
    return this.writer.add(entry, entry.t === 'spans')
  }

  #count(): void {
    this.#tell = undefined
    const { counts, seenBy } = this.#collector
    this.#set({ counts: { ...counts }, seenBy: [...seenBy], bytes: this.writer.bytes })
  }

  #set(more: Partial<RecordingState>): void {
    this.state = { ...this.state, ...more }
    this.changes.all()
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
