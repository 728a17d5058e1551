import { maskText } from '../engine'

const MASK = '*****'
/** A path of an Engine API request is shorter by far; what is longer is somebody's mischief. */
const MAX_PATH = 2_048

/**
 * Query parameters of the Engine API whose values are names, numbers and switches. Any other keeps
 * its name alone: build arguments, labels, changes of an image, outputs and secrets of a build, and
 * whatever a later version adds.
 */
const HARMLESS = new Set(
  (
    'all before condition container cpuperiod cpuquota cpusetcpus cpusetmems cpushares detachKeys details ' +
    'digests dangling dockerfile filters follow force forcerm from fromImage h id keep-storage limit link ' +
    'logs manifests memory memswap name names networkmode noOverwriteDirNonDir nocache noprune one-shot ' +
    'options path pause platform ps_args pull q repo reserved-space rm scope shared-size shmsize signal ' +
    'since size squash stderr stdin stdout stream t tag tail target term timestamps type until v verbose ' +
    'version w copyUIDGID identity max-used-space min-free-space insertDefaults'
  ).split(' '),
)

/** A request's target as it may be kept and shown: the path, and its query with secrets masked. */
export function maskedPath(target: string): string {
  const bounded = target.length > MAX_PATH ? `${target.slice(0, MAX_PATH)}…` : target
  const question = bounded.indexOf('?')
  if (question < 0) return bounded
  const query = bounded
    .slice(question + 1)
    .split('&')
    .map((pair) => {
      const equals = pair.indexOf('=')
      if (equals < 0 || equals === pair.length - 1) return pair
      const name = pair.slice(0, equals)
      if (!HARMLESS.has(name)) return `${name}=${MASK}`
      const value = pair.slice(equals + 1)
      return hasSecret(value) ? `${name}=${MASK}` : pair
    })
    .join('&')
  return `${bounded.slice(0, question)}?${query}`
}

/** `user:password@` of an address, or `token=…` in a filter; the value is URL-encoded. */
function hasSecret(value: string): boolean {
  let plain: string
  try {
    plain = decodeURIComponent(value)
  } catch {
    return true
  }
  // dockerd's log comes masked already, and what was masked there has to look like the tap's.
  return plain.includes(MASK) || maskText(plain) !== plain
}
