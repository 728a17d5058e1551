/** Sites that links of ours lead to, opened in the person's own browser. */
const OUTSIDE: ReadonlySet<string> = new Set(['https://docs.docker.com', 'https://github.com'])

/** Whether a URL is still our own page. */
export function stays(url: string, origin: string): boolean {
  // Not URL.origin, which is `null` for a scheme of one's own.
  return url === origin || url.startsWith(`${origin}/`)
}

/** Whether a URL may be handed to the system's browser. */
export function isOutsideLink(url: string): boolean {
  return URL.canParse(url) && OUTSIDE.has(new URL(url).origin)
}
