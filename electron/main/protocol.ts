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

/** Serves the built page under `app://porthole/`. */
export function serveApp(root: string): void {
  protocol.handle(APP_SCHEME, (request) => appAnswer(root, request.method, request.url))
}
