import type {
  Completion,
  CompletionContext,
  CompletionResult,
  CompletionSource,
} from '@codemirror/autocomplete'
import { getLocation, type Location } from 'jsonc-parser'
import { readDocument } from '../document'
import type { ConfigOption } from '../option'
import { optionAt, type EditorHelp } from './help'

const EMPTY: Partial<Record<ConfigOption['type'], unknown>> = {
  bool: true,
  int: 0,
  strings: [],
  pools: [],
  objects: [],
  string: '',
  size: '64M',
  ip: '',
}

/** A value of the right type to start from. */
export function skeleton(option: Pick<ConfigOption, 'type' | 'example' | 'default'>): string {
  const value =
    option.example ??
    (option.type === 'bool' ? option.default !== true : undefined) ??
    option.default ??
    EMPTY[option.type] ??
    {}
  return JSON.stringify(value)
}

/** Names that may stand in the object at a path: top-level keys, members of an object. */
function names(help: EditorHelp, text: string, location: Location): Completion[] {
  const { values } = readDocument(text)
  const [key] = location.path
  if (location.path.length <= 1)
    return help.options
      .filter((option) => option.known && option.inside === undefined && !values.has(option.key))
      .map((option) => ({
        label: `"${option.key}"`,
        detail: help.note(option),
        info: option.help,
        apply: `"${option.key}": ${skeleton(option)}`,
        type: 'property',
      }))
  const option = optionAt(help.options, location.path.slice(0, -1))
  const by = option?.allowed?.membersBy
  // A broken text has no values to look at: then every member is offered.
  const chosen = by
    ? (values.get(by.key) ?? help.options.find((each) => each.key === by.key)?.default)
    : undefined
  const members =
    (typeof chosen === 'string' ? by?.members[chosen] : undefined) ?? option?.allowed?.members ?? []
  const inner = option?.type === 'bool-map' ? 'true' : option?.type === 'string-map' ? '""' : undefined
  return members.map((name) => {
    const one = help.options.find((each) => each.key === `${String(key)}.${name}` || each.key === name)
    const start = inner ?? (one && one.inside === key ? skeleton(one) : '""')
    return {
      label: `"${name}"`,
      ...(one?.help ? { info: one.help } : {}),
      apply: `"${name}": ${start}`,
      type: 'property',
    }
  })
}

/** Values that may stand at a path. */
function valuesAt(help: EditorHelp, location: Location): Completion[] {
  const option = optionAt(help.options, location.path)
  if (!option) return []
  if (option.type === 'bool') return ['true', 'false'].map((label) => ({ label, type: 'constant' }))
  const { values = [], suggestions = [] } = option.allowed ?? {}
  return [...new Set([...values, ...suggestions])].map((each) => ({
    label: JSON.stringify(each),
    type: 'enum',
  }))
}

/** Completes keys with a value to start from, members of objects, and values. */
export function completeDaemonJson(help: () => EditorHelp): CompletionSource {
  return (context: CompletionContext): CompletionResult | null => {
    const text = context.state.doc.toString()
    const location = getLocation(text, context.pos)
    const token = location.previousNode
    const inside =
      token !== undefined && context.pos > token.offset && context.pos <= token.offset + token.length
    const typed = context.matchBefore(/["\w./:-]+/)
    if (!inside && !typed && !context.explicit) return null
    const from = inside ? token.offset : (typed?.from ?? context.pos)
    const to = inside ? token.offset + token.length : context.pos
    const list = location.isAtPropertyKey ? names(help(), text, location) : valuesAt(help(), location)
    if (list.length === 0) return null
    const after = text.slice(to)
    const named = location.isAtPropertyKey && /^\s*:/.test(after)
    const comma = /^\s*["{[\d]/.test(after) ? ',' : ''
    const options = list.map((each) => ({
      ...each,
      apply: `${named ? each.label : String(each.apply ?? each.label)}${named ? '' : comma}`,
    }))
    return { from, to, options, filter: true }
  }
}
