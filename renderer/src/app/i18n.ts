import { createI18n } from 'vue-i18n'
import type { SpokenLanguage } from './preferences'

/** Which of three Russian forms a number takes: 1 событие, 2 события, 5 событий. */
export function russianPlural(count: number, forms: number): number {
  const n = Math.abs(Math.trunc(count))
  if (forms < 3) return n === 1 ? 0 : 1
  if (n % 10 === 1 && n % 100 !== 11) return 0
  if (n % 10 >= 2 && n % 10 <= 4 && (n % 100 < 12 || n % 100 > 14)) return 1
  return 2
}

export const i18n = createI18n({
  legacy: false,
  locale: 'en',
  messages: {},
  pluralRules: { ru: russianPlural },
})

const loaders = {
  en: () => import('../locales/en'),
  ru: () => import('../locales/ru'),
}

/** Turns the window to a language; its texts come as a chunk of their own the first time. */
export async function speak(language: SpokenLanguage): Promise<void> {
  const composer = i18n.global
  if (!composer.availableLocales.includes(language)) {
    const { default: messages } = await loaders[language]()
    composer.setLocaleMessage(language, messages)
  }
  composer.locale.value = language
  document.documentElement.lang = language
}
