import { shallowReactive, watch } from 'vue'
import { useI18n } from 'vue-i18n'
import type { OutputOf } from '../../../electron/contract/contract'
import { fillText } from '../lib/fill-text'
import type { ProblemTexts } from '../locales/ru/problems'

type Problem = OutputOf<'config.check'>['problems'][number]

/** What a reader is told of a problem. */
export interface ProblemText {
  message: string
  hint?: string
}

/** English is what the service itself says; every other language has a table by code. */
const tables: Partial<Record<string, () => Promise<{ default: ProblemTexts }>>> = {
  ru: () => import('../locales/ru/problems'),
}

const learnt = shallowReactive(new Map<string, ProblemTexts>())

/** A problem's own words where the table has no entry for its code, or lacks a value for it. */
export function problemText(problem: Problem, table: ProblemTexts | undefined): ProblemText {
  const own: ProblemText = {
    message: problem.message,
    ...(problem.hint === undefined ? {} : { hint: problem.hint }),
  }
  const entry = table?.texts[problem.code]
  if (table === undefined || entry === undefined) return own
  const message = fillText(entry.message, problem.detail, table.terms)
  const hint = entry.hint === undefined ? undefined : fillText(entry.hint, problem.detail, table.terms)
  if (message === undefined) return own
  return { message, ...(hint === undefined ? {} : { hint }) }
}

/**
 * Gives the text of a problem in the reader's language; reactive, since the table of a language
 * comes as a chunk of its own. Until it is there the problem's own English stands.
 */
export function useProblemText(): (problem: Problem) => ProblemText {
  const { locale } = useI18n()
  watch(
    locale,
    async (language) => {
      if (learnt.has(language)) return
      const table = await tables[language]?.()
      if (table !== undefined) learnt.set(language, table.default)
    },
    { immediate: true },
  )
  return (problem) => problemText(problem, learnt.get(locale.value))
}
