#!/bin/sh
# Start script of Porthole's privileged helper, installed as /usr/libexec/porthole/porthole-helper.
# pkexec runs it as root; it takes no arguments and passes none on. The program's own runtime
# executes the helper's bundle, which lies beside it in the package.
set -eu
umask 022
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
ELECTRON_RUN_AS_NODE=1
export PATH ELECTRON_RUN_AS_NODE
unset NODE_OPTIONS NODE_PATH NODE_EXTRA_CA_CERTS 2>/dev/null || true
# Set up from a work tree: root's own copy of the bundle lies beside this script.
own=/usr/libexec/porthole/porthole-helper.cjs
if [ -f "$own" ] && node=$(command -v node); then
  exec "$node" "$own"
fi
for runtime in /opt/Porthole/porthole /usr/lib/porthole/porthole; do
  helper=$(dirname "$runtime")/resources/helper/porthole-helper.cjs
  if [ -x "$runtime" ] && [ -f "$helper" ]; then
    exec "$runtime" "$helper"
  fi
done
echo 'porthole-helper: Porthole is not installed completely' >&2
exit 1
