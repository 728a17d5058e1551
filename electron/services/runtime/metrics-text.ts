export interface Sample {
  name: string
  labels: Record<string, string>
  value: number
}

/** Most samples that are kept of one text; dockerd has some six hundred. */
const MAX_SAMPLES = 5_000

const LINE = /^([A-Za-z_:][A-Za-z0-9_:]*)(?:\{(.*)\})?[ \t]+(\S+)(?:[ \t]+-?\d+)?[ \t]*$/
const LABEL = /([A-Za-z_][A-Za-z0-9_]*)="((?:\\.|[^"\\])*)"[ \t]*,?[ \t]*/gy

/**
 * Samples of a text in Prometheus' exposition format 0.0.4. Comments, lines that are none of that
 * format, and values that are no finite number are left out: one bad line must not hide the rest.
 */
export function parseMetrics(text: string, wanted: (name: string) => boolean): Sample[] {
  const samples: Sample[] = []
  for (const line of text.split('\n')) {
    if (samples.length === MAX_SAMPLES) break
    const [, name, labels = '', number = ''] = LINE.exec(line) ?? []
    if (name === undefined || !wanted(name)) continue
    const value = Number(number)
    const named = parseLabels(labels)
    if (Number.isFinite(value) && named) samples.push({ name, labels: named, value })
  }
  return samples
}

function parseLabels(text: string): Record<string, string> | undefined {
  const labels = new Map<string, string>()
  LABEL.lastIndex = 0
  let end = 0
  for (let found = LABEL.exec(text); found; found = LABEL.exec(text)) {
    end = LABEL.lastIndex
    labels.set(found[1] ?? '', unescape(found[2] ?? ''))
  }
  return end === text.length ? Object.fromEntries(labels) : undefined
}

function unescape(value: string): string {
  return value.replace(/\\(.)/g, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped))
}
