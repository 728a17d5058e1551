/** The part of a WebFrameMain that the carrier uses. */
export interface FrameLike {
  readonly origin: string
  send(channel: string, ...args: unknown[]): void
}

/** The part of a WebContents that the carrier uses. */
export interface WebContentsLike {
  readonly id: number
  readonly mainFrame: FrameLike
  isDestroyed(): boolean
  send(channel: string, ...args: unknown[]): void
  on(event: 'did-navigate' | 'render-process-gone' | 'destroyed', listener: () => void): unknown
}

/** The part of an IpcMainEvent that tells who speaks. */
export interface IpcEventLike {
  readonly sender: WebContentsLike
  /** Null when the frame is gone already. */
  readonly senderFrame: FrameLike | null
}

/**
 * Why a message is not from our own page, or undefined when it is: a window this program made,
 * its main frame rather than one inside it, and our origin rather than where it was led to.
 */
export function senderFault(
  event: IpcEventLike,
  known: ReadonlySet<number>,
  origins: ReadonlySet<string>,
): string | undefined {
  if (!known.has(event.sender.id)) return 'a window that Porthole did not make'
  if (event.senderFrame === null) return 'a frame that is gone'
  if (event.senderFrame !== event.sender.mainFrame) return 'a frame inside the page'
  if (!origins.has(event.senderFrame.origin)) return `a page of ${event.senderFrame.origin.slice(0, 200)}`
  return undefined
}
