#!/usr/bin/env node
/** `npm run bench`: Porthole's figures, each beside a peer measured in the same run. */
import { fileURLToPath } from 'node:url'
import { runnerImport } from 'vite'

// The measuring shares the lab of the tests, which is TypeScript.
const { module } = await runnerImport(fileURLToPath(new URL('bench.ts', import.meta.url)), {
  root: fileURLToPath(new URL('../..', import.meta.url)),
  configFile: false,
})
process.exitCode = await module.main(process.argv.slice(2))
