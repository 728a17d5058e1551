// Builds the window and serves it over a FAKE core (tests/support/fake-host.ts), to look at it in any state:
//   node tests/support/renderer-dev/serve.mjs [full|empty|down|denied|loading|reader|broken|remote|unmapped]
// The headers are those of the real thing, so that a violation of the policy shows here too.
import { createServer as createHttpServer } from 'node:http'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { extname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import vue from '@vitejs/plugin-vue'
import { build, createServer } from 'vite'
import { WebSocketServer } from 'ws'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const CSP =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; " +
  "connect-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
const TYPES = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
}

/** Builds the window into a temporary folder. */
export async function buildWindow(logLevel = 'warn') {
  const outDir = await mkdtemp(join(tmpdir(), 'porthole-window-'))
  await build({
    configFile: false,
    root: join(root, 'renderer'),
    base: './',
    logLevel,
    plugins: [vue()],
    define: {
      __VUE_I18N_FULL_INSTALL__: false,
      __VUE_I18N_LEGACY_API__: false,
      __INTLIFY_PROD_DEVTOOLS__: false,
      __VUE_OPTIONS_API__: false,
      __VUE_PROD_DEVTOOLS__: false,
      __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: false,
    },
    build: { outDir, emptyOutDir: true, target: 'chrome130', assetsInlineLimit: 0 },
  })
  return outDir
}

/** Serves a built window and the fake core of one scene on a free port. */
export async function serveScene(scene, outDir, port = 0) {
  const loader = await createServer({
    configFile: false,
    root,
    logLevel: 'error',
    server: { middlewareMode: true, ws: false, hmr: false },
    appType: 'custom',
    optimizeDeps: { noDiscovery: true },
  })
  const { serveFake } = await loader.ssrLoadModule('/tests/support/fake-host.ts')
  const http = createHttpServer(async (request, response) => {
    const path = normalize(new URL(request.url, 'http://x').pathname)
    const file = join(outDir, path === '/' ? 'index.html' : path)
    try {
      const body = await readFile(file)
      response.writeHead(200, {
        'Content-Type': TYPES[extname(file)] ?? 'application/octet-stream',
        'Content-Security-Policy': CSP,
      })
      response.end(request.method === 'HEAD' ? undefined : body)
    } catch {
      response.writeHead(404).end()
    }
  })
  const sockets = new WebSocketServer({ server: http, path: '/rpc' })
  sockets.on('connection', (socket) => {
    serveFake(scene, {
      send: (frame) => socket.send(JSON.stringify(frame)),
      onFrame(listener) {
        const read = (data) => listener(JSON.parse(String(data)))
        socket.on('message', read)
        return () => socket.off('message', read)
      },
      onClose(listener) {
        socket.on('close', () => listener())
        return () => socket.off('close', listener)
      },
      close: () => socket.close(),
    })
  })
  await new Promise((resolve) => http.listen(port, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${http.address().port}/`,
    async close() {
      for (const socket of sockets.clients) socket.terminate()
      sockets.close()
      http.closeAllConnections()
      await new Promise((resolve) => http.close(resolve))
      await loader.close()
    },
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const outDir = await buildWindow()
  const scene = process.argv[2] ?? 'full'
  const { url } = await serveScene(scene, outDir, Number(process.env['PORT'] ?? 0))
  console.log(`The window over a fake core, scene "${scene}": ${url}`)
  process.on('SIGINT', () => void rm(outDir, { recursive: true }).then(() => process.exit()))
}
