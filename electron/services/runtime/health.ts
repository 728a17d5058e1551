import type { EngineService } from '../engine'
import type { HealthReading } from '.'

/** dockerd's vitals with the process they are of. */
export async function* takeHealth(
  engine: EngineService,
  everyMs: number,
  signal: AbortSignal,
): AsyncGenerator<Omit<HealthReading, 'seq'>> {
  for await (const vitals of engine.watchVitals(everyMs, signal)) {
    const pid = (await engine.process())?.pid
    yield pid === undefined ? vitals : { ...vitals, pid }
  }
}
