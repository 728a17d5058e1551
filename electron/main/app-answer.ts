import { readAsset } from '../server/assets'
import { securityHeaders } from '../server/headers'
import { APP_HOST } from './origin'

/** The answer to one request of `app://porthole/…`; 404 for anything outside the built page. */
export async function appAnswer(root: string, method: string, url: string): Promise<Response> {
  const { hostname, pathname } = new URL(url)
  const asset =
    hostname === APP_HOST && (method === 'GET' || method === 'HEAD')
      ? await readAsset(root, pathname)
      : undefined
  if (!asset)
    return new Response('Not found.\n', {
      status: 404,
      headers: { ...securityHeaders(), 'Content-Type': 'text/plain; charset=utf-8' },
    })
  return new Response(method === 'HEAD' ? null : new Uint8Array(asset.body), {
    headers: { ...securityHeaders(), 'Content-Type': asset.type },
  })
}
