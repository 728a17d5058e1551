import { fileURLToPath } from 'node:url'

/** The repository's root, ending in a slash. */
export const root = fileURLToPath(new URL('..', import.meta.url))

const absent = fileURLToPath(new URL('absent.cjs', import.meta.url))

/** Parts of dockerode's tree that are left out of the bundles; see absent.cjs. */
export const withoutUnused = [
  { find: '@grpc/grpc-js', replacement: absent },
  { find: '@grpc/proto-loader', replacement: absent },
  // Not its reader, protobufjs/minimal.js, which reads traces.
  { find: /^protobufjs$/, replacement: absent },
  { find: 'ssh2', replacement: absent },
]
