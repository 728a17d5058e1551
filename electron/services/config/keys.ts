import type { Document, Member } from './document'
import type { Findings } from './findings'
import {
  atLeast,
  findOption,
  isFlag,
  isIgnored,
  KEPT_WHOLE,
  knows,
  nearestKey,
  OPTIONS,
  OTHER_FLAGS,
  UNUSABLE,
  type ConfigOption,
} from './options'
import type { Target } from './target'

/**
 * The keys as dockerd looks them up: objects it does not know are flattened by one level first,
 * then each name must be a flag's name, a list's name or one of few others; a name that is also
 * on the command line is fatal, whatever the values.
 */
export function checkKeys(document: Document, target: Target, findings: Findings): void {
  for (const member of document.members ?? []) {
    const isObject = member.node.type === 'object'
    if (isObject && !KEPT_WHOLE.has(member.key)) {
      checkFlattened(member, target, findings)
      continue
    }
    checkKey(member, target, findings)
    checkConflict(member.key, member, target, findings)
  }
}

function checkFlattened(member: Member, target: Target, findings: Findings): void {
  const { version } = target
  const object = member.key
  const proxies = object === 'proxies' && atLeast(version, '23.0')
  for (const property of member.node.children ?? []) {
    const [name] = property.children ?? []
    if (name === undefined) continue
    const key = String(name.value)
    const known = findOption(key)
    // An object inside an object is not looked into, and its own name is looked up.
    const found = known !== undefined && known.key !== 'proxies' && knows(known, version)
    if (asksToValidate(key, property.children?.[1]?.value, version))
      findings.error(name, key, 'key/validate', {})
    else if (!found && !isFlag(key, version)) findings.error(name, key, 'key/unknown-inside', { key, object })
    else if (proxies && known?.inside !== 'proxies')
      findings.warning(name, key, 'key/ignored-inside', { key, object })
    checkConflict(key, name, target, findings)
  }
  if (proxies) return
  const option = findOption(object)
  // A value of the wrong kind is told by the type check.
  if (option !== undefined && option.key !== 'proxies' && knows(option, version)) return
  const suggestion = nearestKey(object, version)
  if (suggestion === undefined) findings.warning(member, object, 'key/ignored-object', { key: object })
  else findings.warning(member, object, 'key/misspelt-object', { key: object, suggestion })
}

function checkKey(member: Member, { version }: Target, findings: Findings): void {
  const { key } = member
  // An object passes because it is flattened; anything else of this name is looked up and not found.
  const option = key === 'proxies' ? undefined : findOption(key)
  if (option === undefined || !knows(option, version)) {
    if (isFlag(key, version)) return checkFlagName(member, version, findings)
    return unknownKey(member, option, version, findings)
  }
  if (option.inside !== undefined)
    findings.warning(member, key, 'key/ignored-at-top', { key, object: option.inside })
  else if (isIgnored(option, version))
    findings.warning(member, key, key === 'containerd-plugins-namespace' ? 'key/flag-only' : 'key/ignored', {
      key,
    })
  else if (
    option.removed !== undefined &&
    option.deprecated !== undefined &&
    atLeast(version, option.deprecated)
  )
    findings.warning(member, key, 'key/deprecated', { key, since: option.deprecated })
}

/** What to write instead of a key that is gone. */
const REPLACED: Readonly<Record<string, string>> = { graph: 'data-root' }

function unknownKey(
  member: Member,
  option: ConfigOption | undefined,
  version: string,
  findings: Findings,
): void {
  const { key } = member
  const removed = option?.removed
  if (removed !== undefined && atLeast(version, removed)) {
    const suggestion = REPLACED[key]
    if (suggestion === undefined) findings.error(member, key, 'key/removed', { key, removed })
    else findings.error(member, key, 'key/replaced', { key, removed, suggestion })
  } else if (option !== undefined)
    findings.error(member, key, 'key/too-new', { key, since: option.since, version })
  else if (UNUSABLE.some((each) => each.key === key)) findings.error(member, key, 'key/internal', { key })
  else {
    const suggestion = nearestKey(key, version)
    if (suggestion === undefined) findings.error(member, key, 'key/unknown', { key })
    else findings.error(member, key, 'key/misspelt', { key, suggestion })
  }
}

/** The flag of this name is set from the file, and dockerd then ends with "configuration OK". */
function asksToValidate(key: string, value: unknown, version: string): boolean {
  return key === 'validate' && value !== false && isFlag(key, version)
}

/** `storage-opt` for `storage-opts`: looked up among the flags, found, and then decoded by nobody. */
function checkFlagName(member: Member, version: string, findings: Findings): void {
  const { key } = member
  if (asksToValidate(key, member.value, version)) return findings.error(member, key, 'key/validate', {})
  const option = OPTIONS.find((each) => each.flag === key && knows(each, version))
  if (option === undefined) findings.warning(member, key, 'key/flag-name', { key })
  else findings.warning(member, key, 'key/flag-of', { key, suggestion: option.key })
}

function checkConflict(
  key: string,
  where: { offset: number },
  { flags, version }: Target,
  findings: Findings,
): void {
  // Runtimes are the one thing that may come from both.
  if (key === 'runtimes') return
  const option = findOption(key)
  const other = OTHER_FLAGS.some((each) => each.flag === key && atLeast(version, each.since))
  const found = flags.findLast((each) =>
    other ? each.flag === `--${key}` : option !== undefined && each.key === option.key,
  )
  if (found !== undefined)
    findings.error(where, key, 'key/flag-conflict', { key, flag: found.flag, value: found.value })
}
