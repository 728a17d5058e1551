/** One policy for the page, whichever way it is carried: `app://` and `porthole serve` alike. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "worker-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** Headers of every answer that a page of ours can receive. */
export function securityHeaders(): Record<string, string> {
  return {
    'Content-Security-Policy': CONTENT_SECURITY_POLICY,
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': 'no-referrer',
    'Cross-Origin-Resource-Policy': 'same-origin',
    'Permissions-Policy': 'camera=(), geolocation=(), microphone=(), usb=()',
  }
}

/**
 * What `porthole serve` sends besides: in a browser another site may have opened the page. The
 * window opens no other and is opened by none, and Chromium would start a second renderer for it.
 */
export function servedHeaders(): Record<string, string> {
  return { ...securityHeaders(), 'Cross-Origin-Opener-Policy': 'same-origin' }
}
