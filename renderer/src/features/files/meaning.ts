import { useI18n } from 'vue-i18n'
import type { Place } from './tree'

/**
 * Says what a place is for; undefined where this window has no words for it. By its name alone a folder
 * of the driver may be a layer's or a container's: its owner decides.
 */
export function useMeaning(): (place: Pick<Place, 'meaning' | 'owner'>) => string | undefined {
  const { t, te } = useI18n()
  return ({ meaning, owner }) => {
    if (meaning === undefined) return undefined
    const code = meaning === 'overlay2-layer' && owner.kind === 'container' ? 'overlay2-container' : meaning
    const key = `meaning.${code}`
    return te(key) ? t(key) : undefined
  }
}
