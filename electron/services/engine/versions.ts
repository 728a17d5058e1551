/**
 * Highest API version Porthole knows the answers of. 20.10 speaks up to 1.41, 28.5 up to 1.51;
 * 29 goes on to 1.55 and accepts 1.44 (29.0 to 29.2) or 1.40 (from 29.3) at the lowest.
 */
export const OWN_MAX = '1.51'
/** Lowest API version Porthole can do with: that of 20.10. */
export const OWN_MIN = '1.41'

/** Numeric comparison of `MAJOR.MINOR`; NaN for anything else. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [parse(a), parse(b)]
  return left[0] === right[0] ? left[1] - right[1] : left[0] - right[0]
}

function parse(version: string): [number, number] {
  const match = /^(\d+)\.(\d+)$/.exec(version)
  return match ? [Number(match[1]), Number(match[2])] : [NaN, NaN]
}

/** The version to speak with an engine, or undefined when there is none in common. */
export function negotiate(engineMax: string, engineMin: string): string | undefined {
  const spoken = compareVersions(engineMax, OWN_MAX) >= 0 ? OWN_MAX : engineMax
  const usable = compareVersions(spoken, OWN_MIN) >= 0 && !(compareVersions(spoken, engineMin) < 0)
  return usable ? spoken : undefined
}
