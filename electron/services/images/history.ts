/** One instruction as the engine's history has it. */
export interface Step {
  createdBy: string
  createdAt?: string
  sizeBytes: number
}

/** The instruction that made a layer, and those after it that made none. */
export interface Made {
  createdBy?: string
  createdAt?: string
  sizeBytes?: number
  followedBy: string[]
}

/** Instructions that never make a layer. The classic builder writes them behind `#(nop)`. */
const NO_LAYER =
  /^(?:\/bin\/sh -c #\(nop\)\s+)?(?:ARG|CMD|ENTRYPOINT|ENV|EXPOSE|HEALTHCHECK|LABEL|MAINTAINER|ONBUILD|SHELL|STOPSIGNAL|USER|VOLUME)\b/

/**
 * Joins a history, the oldest first, with the layers of an image. `empty` says for each instruction
 * whether it made no layer, as the image's config does; the API does not tell it. Without it, those with a
 * size made one, those of the list above none, and where the number of layers leaves more than one
 * reading of those in between, a layer gets the instruction that it has in all of them, or none.
 */
export function joinHistory(steps: readonly Step[], layers: number, empty?: readonly boolean[]): Made[] {
  const exact = empty?.length === steps.length ? empty.map((none) => !none) : undefined
  const [first, last] =
    exact !== undefined && count(exact) === layers
      ? [exact, exact]
      : [reading(steps, layers, 'first'), reading(steps, layers, 'last')]
  const [early, late] = [makers(first), makers(last)]
  return Array.from({ length: layers }, (_, index) => {
    const at = early[index]
    const step = at === undefined ? undefined : steps[at]
    if (at === undefined || step === undefined || at !== late[index]) return { followedBy: [] }
    const { createdBy, createdAt, sizeBytes } = step
    const next = early[index + 1] === late[index + 1] ? (early[index + 1] ?? steps.length) : at + 1
    return {
      ...(createdBy === '' ? {} : { createdBy }),
      ...(createdAt === undefined ? {} : { createdAt }),
      sizeBytes,
      followedBy: steps.slice(at + 1, next).map((each) => each.createdBy),
    }
  })
}

/** Which instructions made a layer, where of those in doubt the first or the last ones did. */
function reading(steps: readonly Step[], layers: number, prefer: 'first' | 'last'): boolean[] {
  const makes = steps.map(({ sizeBytes }) => sizeBytes > 0)
  const doubtful = [...steps.keys()].filter(
    (at) => makes[at] === false && !NO_LAYER.test(steps[at]?.createdBy ?? ''),
  )
  const missing = layers - count(makes)
  // No reading fits: the history is not that of these layers.
  if (missing < 0 || missing > doubtful.length) return []
  const chosen = prefer === 'first' ? doubtful.slice(0, missing) : doubtful.slice(doubtful.length - missing)
  for (const at of chosen) makes[at] = true
  return makes
}

function makers(makes: readonly boolean[]): number[] {
  return [...makes.keys()].filter((at) => makes[at] === true)
}

function count(makes: readonly boolean[]): number {
  return makers(makes).length
}
