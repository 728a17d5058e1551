import { useLocalStorage, useMediaQuery, usePreferredLanguages } from '@vueuse/core'
import { defineStore } from 'pinia'
import { computed } from 'vue'

export type Theme = 'system' | 'light' | 'dark'
export type Language = 'system' | 'en' | 'ru'
export type SpokenLanguage = 'en' | 'ru'

/** What a person chose about the window itself; kept in this browser or profile. */
export const usePreferences = defineStore('preferences', () => {
  const theme = useLocalStorage<Theme>('porthole.theme', 'system')
  const language = useLocalStorage<Language>('porthole.language', 'system')
  /** `auto` folds the rail away where the window is narrow. */
  const rail = useLocalStorage<'auto' | 'wide' | 'narrow'>('porthole.rail', 'auto')

  const narrow = useMediaQuery('(max-width: 1040px)')
  const prefersDark = useMediaQuery('(prefers-color-scheme: dark)')
  const preferred = usePreferredLanguages()

  const dark = computed(() => (theme.value === 'system' ? prefersDark.value : theme.value === 'dark'))
  const spoken = computed<SpokenLanguage>(() => {
    if (language.value === 'en' || language.value === 'ru') return language.value
    return preferred.value[0]?.toLowerCase().startsWith('ru') ? 'ru' : 'en'
  })
  const railNarrow = computed(() => (rail.value === 'auto' ? narrow.value : rail.value === 'narrow'))

  function toggleRail(): void {
    rail.value = railNarrow.value ? 'wide' : 'narrow'
  }

  return { theme, language, dark, spoken, railNarrow, toggleRail }
})
