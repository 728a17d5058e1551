import type { OutputOf } from '../../contract/contract'
import type { Allowed, Word } from './catalogue/option'
import { textsOf, type Language, type OptionText } from './catalogue/help'
import {
  atLeast,
  BUILDER_MEMBERS,
  defaultOf,
  effectOf,
  isIgnored,
  knows,
  OPTIONS,
  UNUSABLE,
  type ConfigOption,
} from './options'

type Described = OutputOf<'config.options'>[number]

/** The whole table as one version of the engine takes it, with its texts in one language. */
export async function describeOptions(version: string, language: Language): Promise<Described[]> {
  const texts = await textsOf(language)
  return [...OPTIONS.flatMap(withMembers), ...UNUSABLE].map((each) =>
    describe(each, version, texts[each.key] ?? { help: '' }),
  )
}

function withMembers(each: ConfigOption): ConfigOption[] {
  return each.key === 'builder' ? [each, ...BUILDER_MEMBERS] : [each]
}

function describe(each: ConfigOption, version: string, text: OptionText): Described {
  const preset = defaultOf(each, version)
  const allowed = allowedIn(each.allowed, version, text.allowed)
  const takesEffect = effectOf(each, version)
  return {
    key: each.key,
    category: each.category,
    type: each.type,
    flag: each.flag === null ? null : `--${each.flag}`,
    ...(each.short === undefined ? {} : { short: `-${each.short}` }),
    known: knows(each, version),
    since: each.since,
    ...(each.deprecated === undefined ? {} : { deprecated: each.deprecated }),
    ...(each.removed === undefined ? {} : { removed: each.removed }),
    ignored: knows(each, version) && isIgnored(each, version),
    ...(preset === undefined ? {} : { default: preset }),
    ...(text.default === undefined ? {} : { defaultText: text.default }),
    ...(allowed === undefined ? {} : { allowed }),
    platform: [...each.platform],
    takesEffect,
    needs: takesEffect === 'ignored' ? 'nothing' : each.live === undefined ? 'restart' : 'reload',
    whenRemoved: each.live === undefined ? 'restart' : each.live === 'kept' ? 'kept' : 'default',
    ...(each.inside === undefined ? {} : { inside: each.inside }),
    help: text.help,
    ...(each.example === undefined ? {} : { example: each.example }),
  }
}

function allowedIn(
  allowed: Allowed | undefined,
  version: string,
  text: string | undefined,
): Described['allowed'] {
  if (allowed === undefined && text === undefined) return undefined
  const { values, suggestions, members, membersBy, min, max, unit } = allowed ?? {}
  return {
    ...(values === undefined ? {} : { values: wordsIn(values, version) }),
    ...(suggestions === undefined ? {} : { suggestions: wordsIn(suggestions, version) }),
    ...(members === undefined ? {} : { members: wordsIn(members, version) }),
    ...(membersBy === undefined
      ? {}
      : {
          membersBy: {
            key: membersBy.key,
            members: Object.fromEntries(
              Object.entries(membersBy.members).map(([name, list]) => [name, [...list]]),
            ),
          },
        }),
    ...(min === undefined ? {} : { min }),
    ...(max === undefined ? {} : { max }),
    ...(unit === undefined ? {} : { unit }),
    ...(text === undefined ? {} : { text }),
  }
}

/** The words an engine of `version` knows. */
function wordsIn(words: readonly (string | Word)[], version: string): string[] {
  return words
    .map((word): Word => (typeof word === 'string' ? { name: word } : word))
    .filter(
      ({ since = '1.12', until }) =>
        atLeast(version, since) && (until === undefined || !atLeast(version, until)),
    )
    .map(({ name }) => name)
}
