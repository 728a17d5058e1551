/** A line as its source gives it. */
export interface FedLine {
  text: string
  /** When the journal took it, in milliseconds since 1970; files do not say. */
  at?: number
}

/** Where a feed brings what it reads. */
export interface FeedSink {
  /** `history`: written before this feed began to follow, so the present is not their time. */
  lines(lines: FedLine[], history: boolean): void
  /** What was there at the beginning has been read; called once per start. */
  caughtUp(): void
  state(state: 'live' | 'waiting' | 'denied', message?: string): void
}

/** A source that is being followed. Starting again goes on where `stop` left it. */
export interface Feed {
  start(sink: FeedSink): void
  /** Resolves when nothing of it runs any more: no descriptor, no timer, no child. */
  stop(): Promise<void>
}
