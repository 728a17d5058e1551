import { resolve } from 'node:path'
import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'electron-vite'
import { root, withoutUnused } from './shared.mjs'

const cjs = { format: 'cjs', entryFileNames: '[name].cjs', chunkFileNames: '[name]-[hash].cjs' } as const

/** The window: main process, preload and page. */
export default defineConfig({
  main: {
    root,
    publicDir: false,
    logLevel: 'warn',
    resolve: { alias: withoutUnused },
    define: { 'process.env.WS_NO_BUFFER_UTIL': '"1"', 'process.env.WS_NO_UTF_8_VALIDATE': '"1"' },
    build: {
      target: 'node20',
      outDir: resolve(root, 'out/main'),
      externalizeDeps: false,
      rollupOptions: { input: { index: resolve(root, 'electron/main/index.ts') }, output: cjs },
    },
  },
  preload: {
    root,
    publicDir: false,
    logLevel: 'warn',
    build: {
      target: 'node20',
      outDir: resolve(root, 'out/preload'),
      externalizeDeps: false,
      rollupOptions: { input: { index: resolve(root, 'electron/preload/index.ts') }, output: cjs },
    },
  },
  renderer: {
    root: resolve(root, 'renderer'),
    logLevel: 'warn',
    plugins: [vue()],
    resolve: { alias: { '@': resolve(root, 'renderer/src') } },
    define: {
      __VUE_OPTIONS_API__: false,
      __VUE_PROD_DEVTOOLS__: false,
      __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: false,
      __VUE_I18N_FULL_INSTALL__: false,
      __VUE_I18N_LEGACY_API__: false,
      __INTLIFY_PROD_DEVTOOLS__: false,
    },
    build: {
      target: 'chrome130',
      outDir: resolve(root, 'out/renderer'),
      emptyOutDir: true,
      // electron-vite leaves pages as they are written; serve sends this one over a network.
      minify: true,
      // The policy allows no data: but for images, and a font inlined would be one.
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      rollupOptions: {
        input: resolve(root, 'renderer/index.html'),
        // Each file is a question to the main process, which is busy enough while the window opens:
        // what is needed at once is one file, what several later pages share another.
        output: {
          codeSplitting: {
            groups: [
              { name: 'first', tags: ['$initial'], priority: 1 },
              { name: 'shared', minShareCount: 2 },
            ],
          },
        },
      },
    },
  },
})
