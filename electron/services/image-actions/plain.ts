/**
 * A text of the engine's or of a person's without what could steer a terminal or turn a line round:
 * each control and direction character is shown as U+FFFD, and what is too long is cut.
 */
export function plain(text: string, most = 1_000): string {
  const shown = text.replace(/[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu, '\ufffd')
  return shown.length > most ? `${shown.slice(0, most)}…` : shown
}
