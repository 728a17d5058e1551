import { protocol } from 'electron'
import { appAnswer } from './app-answer'
import { APP_SCHEME } from './origin'

/** Must run before Electron is ready: afterwards a scheme's rights are fixed. */
export function registerAppScheme(): void {
  protocol.registerSchemesAsPrivileged([
    {
      scheme: APP_SCHEME,
      privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: true },
    },
  ])
}

/** Serves the built page under `app://porthole/`. Resolves when the first of its files was answered. */
export function serveApp(root: string): Promise<void> {
  return new Promise((resolve) =>
    protocol.handle(APP_SCHEME, async (request) => {
      const answer = await appAnswer(root, request.method, request.url)
      // In a turn of its own: who waits has much to do, and the answer goes first.
      setImmediate(resolve)
      return answer
    }),
  )
}
