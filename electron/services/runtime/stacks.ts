import type { GoroutineGroup } from '.'

/** Innermost frames that are told of a stack. */
const MAX_FRAMES = 40
const MAX_GROUPS = 200
/** Room of all groups in an answer, in characters of JSON. */
const MAX_CHARACTERS = 280_000

/** `goroutine 12 [chan receive, 5 minutes, locked to thread]:`; newer Go adds `gp=… m=…` before the bracket. */
const HEAD = /^goroutine \d+ (?:[^[\n]* )?\[([^\]\n]*)\]:$/

/**
 * Goroutines of a dump (`runtime.Stack`), equal ones as one group: same state, same functions at the
 * same lines, whatever their arguments. The longest waiting come first, then the most.
 */
export function groupStacks(dump: string): { total: number; groups: GoroutineGroup[] } {
  const groups = new Map<string, GoroutineGroup>()
  let total = 0
  for (const stack of stacksOf(dump)) {
    const [head = '', ...lines] = stack.split('\n')
    const told = HEAD.exec(head)?.[1]
    if (told === undefined) continue
    total += 1
    const [state = '', ...more] = told.split(', ')
    const minutes = Number(
      /^(\d+) minutes$/.exec(more.find((each) => each.endsWith('minutes')) ?? '')?.[1] ?? 0,
    )
    const frames = framesOf(lines)
    const key = `${state}\n${frames.map(({ call, at }) => `${call} ${at}`).join('\n')}`
    const known = groups.get(key)
    if (known) {
      known.count += 1
      known.minutes = Math.max(known.minutes, minutes)
    } else groups.set(key, { count: 1, state, minutes, frames })
  }
  const ordered = [...groups.values()].sort((a, b) => b.minutes - a.minutes || b.count - a.count)
  return { total, groups: within(ordered.slice(0, MAX_GROUPS)) }
}

/** The stacks of a dump, each with its head line. */
export function stacksOf(dump: string): string[] {
  return dump.split(/\n\n+(?=goroutine \d+ )/).map((stack) => stack.trim())
}

/** Pairs of lines: a call with its arguments, and below it, indented, file and line. */
function framesOf(lines: readonly string[]): GoroutineGroup['frames'] {
  const frames: GoroutineGroup['frames'] = []
  for (let index = 0; index < lines.length && frames.length < MAX_FRAMES; index += 1) {
    const call = lines[index] ?? ''
    const place = lines[index + 1] ?? ''
    if (call.startsWith('\t') || !place.startsWith('\t')) continue
    frames.push({
      call: call.replace(/^(created by .*?)(?: in goroutine \d+)?$/, '$1').replace(/\([^()]*\)$/, '()'),
      at: place.trim().replace(/ \+0x[0-9a-f]+$/, ''),
    })
  }
  return frames
}

function within(groups: readonly GoroutineGroup[]): GoroutineGroup[] {
  let characters = 0
  return groups.filter((group) => (characters += JSON.stringify(group).length) <= MAX_CHARACTERS)
}
