import { resolve } from 'node:path'
import { defineConfig } from 'vite'
import { root, withoutUnused } from './shared.mjs'

/**
 * The programs that run on plain Node: `--mode cli` for the command line and the server behind
 * it, in chunks that are loaded when needed; `--mode helper` for the privileged helper, one file.
 */
export default defineConfig(({ mode }) => {
  const helper = mode === 'helper'
  const name = helper ? 'porthole-helper' : 'porthole'
  return {
    root,
    publicDir: false,
    logLevel: 'warn',
    resolve: { alias: withoutUnused },
    // Everything is bundled: what is built needs no node_modules.
    ssr: { noExternal: true, target: 'node' },
    define: { 'process.env.WS_NO_BUFFER_UTIL': '"1"', 'process.env.WS_NO_UTF_8_VALIDATE': '"1"' },
    build: {
      ssr: true,
      target: 'node20',
      minify: false,
      sourcemap: false,
      emptyOutDir: true,
      outDir: resolve(root, 'out', helper ? 'helper' : 'cli'),
      rollupOptions: {
        input: { [name]: resolve(root, helper ? 'electron/helper/main.ts' : 'electron/cli/index.ts') },
        output: {
          format: 'cjs',
          entryFileNames: '[name].cjs',
          chunkFileNames: '[name]-[hash].cjs',
          ...(helper
            ? { codeSplitting: false }
            : { banner: (chunk) => (chunk.isEntry ? '#!/usr/bin/env node' : '') }),
        },
      },
    },
  }
})
