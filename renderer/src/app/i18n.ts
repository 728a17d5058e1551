import { createI18n } from 'vue-i18n'
import en from '../locales/en'
import type { SpokenLanguage } from './preferences'

/** Which of three Russian forms a number takes: 1 событие, 2 события, 5 событий. */
export function russianPlural(count: number, forms: number): number {
  const n = Math.abs(Math.trunc(count))
  if (forms < 3) return n === 1 ? 0 : 1
  if (n % 10 === 1 && n % 100 !== 11) return 0
  if (n % 10 >= 2 && n % 10 <= 4 && (n % 100 < 12 || n % 100 > 14)) return 1
  return 2
}

// With the first load: a chunk of its own would be a question more before anything is drawn.
const messages: Partial<Record<SpokenLanguage, typeof en>> = { en }

export const i18n = createI18n({
  legacy: false,
  locale: 'en',
  messages,
  pluralRules: { ru: russianPlural },
})

/** Texts that come with the part of the window that shows them, and not before. */
export const LATER = {
  files: { en: () => import('../locales/en/files'), ru: () => import('../locales/ru/files') },
  flow: { en: () => import('../locales/en/flow'), ru: () => import('../locales/ru/flow') },
  imageCompare: {
    en: () => import('../locales/en/image-compare'),
    ru: () => import('../locales/ru/image-compare'),
  },
  imageLayers: {
    en: () => import('../locales/en/image-layers'),
    ru: () => import('../locales/ru/image-layers'),
  },
  images: { en: () => import('../locales/en/images'), ru: () => import('../locales/ru/images') },
  recording: {
    en: () => import('../locales/en/recording'),
    ru: () => import('../locales/ru/recording'),
  },
  form: { en: () => import('../locales/en/form'), ru: () => import('../locales/ru/form') },
  owners: { en: () => import('../locales/en/owners'), ru: () => import('../locales/ru/owners') },
  review: { en: () => import('../locales/en/review'), ru: () => import('../locales/ru/review') },
  recovery: { en: () => import('../locales/en/recovery'), ru: () => import('../locales/ru/recovery') },
  runtime: { en: () => import('../locales/en/runtime'), ru: () => import('../locales/ru/runtime') },
  sandbox: { en: () => import('../locales/en/sandbox'), ru: () => import('../locales/ru/sandbox') },
  storage: { en: () => import('../locales/en/storage'), ru: () => import('../locales/ru/storage') },
}
export type LaterPart = keyof typeof LATER

/** Parts that were asked for, in whatever language. */
const wanted = new Set<LaterPart>()
const learnt = new Set<string>()

async function learn(part: LaterPart, language: SpokenLanguage): Promise<void> {
  if (learnt.has(`${part} ${language}`)) return
  const { default: messages } = await LATER[part][language]()
  i18n.global.mergeLocaleMessage(language, messages)
  learnt.add(`${part} ${language}`)
}

/** Turns the window to a language; Russian texts come as a chunk of their own the first time. */
export async function speak(language: SpokenLanguage): Promise<void> {
  const composer = i18n.global
  if (language === 'ru' && !composer.availableLocales.includes('ru')) {
    const { default: ru } = await import('../locales/ru')
    composer.setLocaleMessage('ru', ru)
  }
  await Promise.all([...wanted].map((part) => learn(part, language)))
  composer.locale.value = language
  document.documentElement.lang = language
}

/** Loads a part of the window together with its texts, for `defineAsyncComponent` and routes. */
export async function withTexts<T>(part: LaterPart, load: () => Promise<T>): Promise<T> {
  wanted.add(part)
  const [loaded] = await Promise.all([load(), learn(part, i18n.global.locale.value as SpokenLanguage)])
  return loaded
}
