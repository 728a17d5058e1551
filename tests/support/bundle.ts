import { mkdtempSync, chmodSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** Environment in which a bundle finds the libraries it left out. */
export const BUNDLE_ENV = { NODE_PATH: join(root, 'node_modules') }

/**
 * Makes a program of one source file (path below the repository) that another user can run with
 * plain node, in a folder of its own; returns the path. The folder is the caller's to remove.
 */
export async function bundle(source: string, name: string): Promise<string> {
  const outDir = mkdtempSync(join(tmpdir(), 'porthole-bundle-'))
  chmodSync(outDir, 0o755)
  await build({
    root,
    configFile: false,
    logLevel: 'error',
    ssr: { external: true },
    build: {
      ssr: join(root, source),
      outDir,
      emptyOutDir: false,
      target: 'node20',
      rollupOptions: { output: { format: 'cjs', entryFileNames: `${name}.cjs` } },
    },
  })
  return join(outDir, `${name}.cjs`)
}
