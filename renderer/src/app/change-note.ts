import { shallowReactive, watch } from 'vue'
import { useI18n } from 'vue-i18n'
import type { OutputOf } from '../../../electron/contract/contract'
import { fillText } from '../lib/fill-text'

type Change = OutputOf<'config.check'>['changes'][number]
type Notes = Readonly<Record<string, string>>

/** English is what the service itself says; every other language has a table by code. */
const tables: Partial<Record<string, () => Promise<{ default: Notes }>>> = {
  ru: () => import('../locales/ru/change-notes'),
}

const learnt = shallowReactive(new Map<string, Notes>())

/** A note's own words where the table has no entry for its code, or lacks a value for it. */
export function changeNote({ note, noteCode, detail }: Change, notes: Notes | undefined): string | undefined {
  const template = noteCode === undefined ? undefined : notes?.[noteCode]
  return template === undefined ? note : (fillText(template, detail) ?? note)
}

/** Gives the note of a change in the reader's language; reactive, since the table comes as a chunk. */
export function useChangeNote(): (change: Change) => string | undefined {
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
  return (change) => changeNote(change, learnt.get(locale.value))
}
