import { app, session, shell } from 'electron'
import { isOutsideLink, stays } from './navigation'

/**
 * Denies what a page could ask of Electron: other pages, other windows, webviews, permissions.
 * https://www.electronjs.org/docs/latest/tutorial/security
 */
export function lockDown(origin: string): void {
  session.defaultSession.setPermissionRequestHandler((_contents, permission, answer) =>
    answer(permission === 'clipboard-sanitized-write'),
  )
  session.defaultSession.setPermissionCheckHandler(
    (_contents, permission) => permission === 'clipboard-sanitized-write',
  )
  app.on('web-contents-created', (_event, contents) => {
    const refuse = (event: { preventDefault(): void; url: string }) => {
      if (!stays(event.url, origin)) event.preventDefault()
    }
    contents.on('will-navigate', refuse)
    contents.on('will-redirect', refuse)
    contents.on('will-frame-navigate', refuse)
    contents.on('will-attach-webview', (event) => event.preventDefault())
    contents.setWindowOpenHandler(({ url }) => {
      if (isOutsideLink(url)) void shell.openExternal(url)
      return { action: 'deny' }
    })
  })
}
