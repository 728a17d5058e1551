'use strict'
/**
 * Stands in the bundles for what dockerode loads and Porthole never uses: ssh:// endpoints
 * (ssh2, with a native part) and BuildKit sessions (gRPC, protobuf). Together they are more code
 * than Porthole itself.
 */
function Absent() {
  throw new Error('This part of dockerode is not built into Porthole.')
}
module.exports = { Client: Absent, Server: Absent }
