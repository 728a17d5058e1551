import type { OptionText } from './text'

export type { OptionText } from './text'

const LANGUAGES = {
  en: () => import('./en'),
  ru: () => import('./ru'),
}

export type Language = keyof typeof LANGUAGES

/** The texts of one language. They are loaded when a form is shown, and by nothing else. */
export async function textsOf(language: Language): Promise<Readonly<Record<string, OptionText>>> {
  return (await LANGUAGES[language]()).TEXTS
}
