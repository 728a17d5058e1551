import { readFileSync } from 'node:fs'
import { HelperError } from './verb'

/** Where dockerd is to send its traces: an address of this machine alone, and nothing but a port to choose. */
const ENDPOINT = /^http:\/\/127\.0\.0\.1:([1-9]\d{0,4})$/

/** The variable that has OpenTelemetry's exporter send at all (opentelemetry.io, OTLP exporter). */
export const ENDPOINT_VARIABLE = 'OTEL_EXPORTER_OTLP_ENDPOINT'

/** Whether a text is `http://127.0.0.1:PORT` to the letter. */
export function isTracesEndpoint(text: string): boolean {
  const [, port] = ENDPOINT.exec(text) ?? []
  return port !== undefined && Number(port) <= 65_535
}

/** The same, or throws `helper/failed`: what is no address of this machine is written nowhere. */
export function requireTracesEndpoint(text: string): string {
  if (!isTracesEndpoint(text))
    throw new HelperError('helper/failed', 'Traces are sent to http://127.0.0.1:PORT and nowhere else.')
  return text
}

/** Environment in which dockerd, and the containerd that it starts, send their traces (from 25.0 on). */
export function tracesEnvironment(endpoint: string): Record<string, string> {
  return {
    [ENDPOINT_VARIABLE]: requireTracesEndpoint(endpoint),
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
    // Twice a second; left to itself it is every five seconds.
    OTEL_BSP_SCHEDULE_DELAY: '500',
  }
}

/** Where a running process was told to send its traces; undefined when nowhere, or that may not be read. */
export function tracesEndpointOf(pid: number): string | undefined {
  try {
    const start = `${ENDPOINT_VARIABLE}=`
    const entry = readFileSync(`/proc/${pid}/environ`, 'utf8')
      .split('\0')
      .find((each) => each.startsWith(start))
    return entry?.slice(start.length) || undefined
  } catch {
    return undefined
  }
}
