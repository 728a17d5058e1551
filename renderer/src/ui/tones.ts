/** How a tag is coloured; the words in it say the same. */
export type TagTone = 'neutral' | 'ok' | 'warn' | 'bad' | 'info' | 'accent'
