import type { InputOf, OutputOf, ParsedInputOf } from '../../../contract/contract'
import { AppError } from '../../../contract/errors'
import type { Wake } from '../../wake'
import { around } from './around'
import { planDebug } from './debug'
import { listFiles, readPiece, recordingsFolder, removeFile } from './folder'
import { readLines } from './format'
import type { RecordingDependencies, RecordingService, RecordingState } from './index'
import { Recording } from './recording'

/** One recording at a time, and the files of those before. */
export class Recordings implements RecordingService {
  #running: Recording | undefined
  /** From the wish on, while what it needs is being found out. */
  #beginning = false

  constructor(private readonly deps: RecordingDependencies) {}

  async *record(
    { forMs }: ParsedInputOf<'flow.record'>,
    debug: 'switch' | 'leave',
    signal: AbortSignal,
  ): AsyncGenerator<RecordingState> {
    const recording = await this.#begin(forMs, debug)
    const leave = (): void => recording.stop('left')
    if (signal.aborted) leave()
    signal.addEventListener('abort', leave, { once: true })
    const over = recording.run().finally(() => {
      this.#running = undefined
    })
    // Who reads the stream is told by its end; without a reader it is for the log.
    over.catch((error: unknown) => this.deps.options.log(`recording: ${String(error)}`))
    try {
      yield* states(recording, over)
    } finally {
      signal.removeEventListener('abort', leave)
      leave()
      await over.catch(() => undefined)
    }
  }

  stop(): OutputOf<'flow.stopRecording'> {
    this.#running?.stop('stopped')
    return { stopped: this.#running !== undefined }
  }

  async list(): Promise<OutputOf<'flow.recordings'>> {
    const running = this.#running?.state
    const recordings = await listFiles(this.#folder)
    return {
      recordings: recordings.filter(({ id }) => id !== running?.id),
      ...(running === undefined ? {} : { running }),
    }
  }

  open({ id, from }: ParsedInputOf<'flow.recording'>): Promise<OutputOf<'flow.recording'>> {
    return readPiece(this.#folder, id, from)
  }

  read({ text, first }: ParsedInputOf<'flow.readRecording'>): OutputOf<'flow.readRecording'> {
    return readLines(text, first)
  }

  async remove({ id }: InputOf<'flow.removeRecording'>): Promise<OutputOf<'flow.removeRecording'>> {
    if (id === this.#running?.state.id) throw busy()
    return { removed: await removeFile(this.#folder, id) }
  }

  around(input: InputOf<'flow.around'>, signal: AbortSignal): Promise<OutputOf<'flow.around'>> {
    return around(input, this.deps, signal)
  }

  async dispose(): Promise<void> {
    const recording = this.#running
    recording?.stop('left')
    await recording?.ended
  }

  get #folder(): string {
    return recordingsFolder(this.deps.options.env)
  }

  async #begin(forMs: number, wanted: 'switch' | 'leave'): Promise<Recording> {
    if (this.#running !== undefined || this.#beginning) throw busy()
    this.#beginning = true
    try {
      const plan = await planDebug(this.deps, wanted)
      this.#running = await Recording.open(this.deps, this.#folder, forMs, plan)
      return this.#running
    } finally {
      this.#beginning = false
    }
  }
}

/** The state now, and after each change, until it is over. Throws why it could not be made. */
async function* states(recording: Recording, over: Promise<void>): AsyncGenerator<RecordingState> {
  const ended = new AbortController()
  const end = over.finally(() => ended.abort())
  end.catch(() => undefined)
  let told: RecordingState | undefined
  const wake: Wake = recording.changes
  while (!ended.signal.aborted) {
    const seen = wake.calls
    if (told !== recording.state) yield (told = recording.state)
    await wake.after(seen, ended.signal)
  }
  await end
  if (told !== recording.state) yield recording.state
}

function busy(): AppError {
  return new AppError('recording/running', 'A recording is being made.', {
    hint: 'Stop it, or wait until it is done.',
  })
}
