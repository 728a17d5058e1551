import { CLOCK_TICKS, type ProcessStat, startedAt } from './process-table'

/** Ticks are 10 ms: over a shorter time than this they say nothing, in milliseconds. */
const SHORTEST_MS = 250

/** CPU use of one process between two readings, in percent of one CPU. */
export class CpuMeter {
  #base: { startTicks: number; cpuTicks: number; at: number } | undefined

  /** Since the previous reading; since its start for the first one of a process. */
  read(stat: ProcessStat, now = Date.now()): { percent: number; first: boolean } {
    const base = this.#base
    const first = base === undefined || base.startTicks !== stat.startTicks
    const from = first ? { cpuTicks: 0, at: startedAt(stat) } : base
    const elapsed = now - from.at
    if (first || elapsed >= SHORTEST_MS)
      this.#base = { startTicks: stat.startTicks, cpuTicks: stat.cpuTicks, at: now }
    if (elapsed <= 0) return { percent: 0, first }
    const usedMs = ((stat.cpuTicks - from.cpuTicks) * 1000) / CLOCK_TICKS
    return { percent: Math.max(0, Math.round((usedMs / elapsed) * 10_000) / 100), first }
  }
}
