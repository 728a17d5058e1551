import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'

/** Browsers that may be logged in at once; the one that was quiet longest makes room. */
const MAX_SESSIONS = 64
/** Wrong tokens within {@link FAILURE_WINDOW_MS} after which no login is heard for a while. */
const MAX_FAILURES = 20
const FAILURE_WINDOW_MS = 60_000

/** 256 random bits as base64url. */
function secret(): string {
  return randomBytes(32).toString('base64url')
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

export type LoginResult =
  | { ok: true; session: string }
  | { ok: false; why: 'wrong' }
  | { ok: false; why: 'too-many'; retryAfterSeconds: number }

/**
 * One-time tokens and the sessions they are exchanged for. Exactly one token is valid at a time;
 * using it makes the next.
 */
export class Login {
  #token = secret()
  /** Keys are digests, so a lookup's timing tells nothing of a secret; in order of last use. */
  readonly #sessions = new Map<string, true>()
  #failures: number[] = []
  readonly #now: () => number

  constructor(now: () => number = Date.now) {
    this.#now = now
  }

  /** The token that is valid now. */
  get token(): string {
    return this.#token
  }

  /** Exchanges the token for a session; the token is worthless afterwards. */
  redeem(token: string): LoginResult {
    const now = this.#now()
    this.#failures = this.#failures.filter((at) => now - at < FAILURE_WINDOW_MS)
    if (this.#failures.length >= MAX_FAILURES) {
      const oldest = this.#failures[0] ?? now
      return {
        ok: false,
        why: 'too-many',
        retryAfterSeconds: Math.ceil((FAILURE_WINDOW_MS - (now - oldest)) / 1000),
      }
    }
    if (!timingSafeEqual(digest(token), digest(this.#token))) {
      this.#failures.push(now)
      return { ok: false, why: 'wrong' }
    }
    this.#token = secret()
    const session = secret()
    if (this.#sessions.size >= MAX_SESSIONS) {
      const quietest = this.#sessions.keys().next()
      if (quietest.done !== true) this.#sessions.delete(quietest.value)
    }
    this.#sessions.set(digest(session).toString('hex'), true)
    return { ok: true, session }
  }

  /** Whether a session of that secret is logged in. */
  knows(session: string | undefined): boolean {
    if (session === undefined) return false
    const key = digest(session).toString('hex')
    if (!this.#sessions.delete(key)) return false
    this.#sessions.set(key, true)
    return true
  }
}
