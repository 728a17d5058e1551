import type { Span, SpanBatch } from './otlp'
import { startTraceReceiver } from './receiver'

/** Spans that wait for a reader; those of a sandbox's start, until somebody looks at its requests. */
const KEEP = 10_000

type OnSpans = (batch: SpanBatch) => void

/** A receiver that is there before its reader: dockerd sends from its first moment on. */
export interface TraceInbox {
  /** What OTEL_EXPORTER_OTLP_ENDPOINT has to say. */
  readonly endpoint: string
  /** ISO 8601. */
  readonly since: string
  /** Gives what has come, and what comes, until the answer is called; one reader at a time. */
  read(onSpans: OnSpans): () => void
  close(): Promise<void>
}

/** Listens on 127.0.0.1, on any free port when none is given. Throws the listen error, EADDRINUSE among them. */
export async function openTraceInbox(port = 0): Promise<TraceInbox> {
  let waiting: Span[] = []
  let reader: OnSpans | undefined
  const receiver = await startTraceReceiver({
    port,
    onSpans(batch) {
      if (reader) return reader(batch)
      waiting = [...waiting, ...batch.spans].slice(-KEEP)
    },
  })
  return {
    endpoint: receiver.endpoint,
    since: new Date().toISOString(),
    read(onSpans) {
      reader = onSpans
      const spans = waiting
      waiting = []
      if (spans.length > 0) onSpans({ spans, rejected: 0 })
      return () => {
        if (reader === onSpans) reader = undefined
      }
    },
    close: () => receiver.close(),
  }
}
