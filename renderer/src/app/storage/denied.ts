import type { Failure } from '../../remote/failure'

const DENIED: ReadonlySet<Failure['code']> = new Set([
  'storage/denied',
  'helper/denied',
  'helper/dismissed',
  'helper/unavailable',
])

/** The right to read the data-root is missing, and whoever gives it can have it read. */
export function isDenied(failure: Failure | undefined): boolean {
  return failure !== undefined && DENIED.has(failure.code)
}
