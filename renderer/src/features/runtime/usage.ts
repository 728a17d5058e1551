import type { ControlGroup, ProcessRow } from './runtime'

/** A bar: how much of a scale is used, 0 to 1. Undefined where there is nothing to compare with. */
export function share(value: number | undefined, whole: number | undefined): number | undefined {
  if (value === undefined || whole === undefined || whole <= 0) return undefined
  return Math.min(1, Math.max(0, value / whole))
}

/** What a full bar stands for in the tree: one CPU, or the busiest; the largest process. */
export function scales(rows: readonly ProcessRow[]): { cpuPercent: number; bytes: number } {
  let cpuPercent = 100
  let bytes = 1
  for (const row of rows) {
    cpuPercent = Math.max(cpuPercent, row.cpuPercent)
    bytes = Math.max(bytes, row.rssBytes)
  }
  return { cpuPercent, bytes }
}

/** Share of its periods in which a container had used up its CPU quota; undefined without a quota. */
export function throttled({ cpu }: ControlGroup): number | undefined {
  return cpu.cpus === undefined ? undefined : share(cpu.throttledPeriods, cpu.periods)
}

/** Grave enough to catch the eye: nearly at the limit. */
export const NEARLY_FULL = 0.9

/** Percent of time in which tasks waited that a person would notice. */
export const NOTICEABLE_PRESSURE = 10
