import { GitCompare, PackageOpen, Save, Tag, Trash2 } from '@lucide/vue'
import { computed, type ComputedRef } from 'vue'
import { useI18n } from 'vue-i18n'
import { useEngine } from '../../app/engine'
import type { MenuItem } from '../../ui/AppMenu.vue'
import { useImagesPage } from './store'

/** What can be done to one image. */
export type ImageAct = 'open' | 'compare' | 'tag' | 'save' | 'remove'

const ICONS = { open: PackageOpen, compare: GitCompare, tag: Tag, save: Save, remove: Trash2 }

/** Entries of a menu for an image, each that cannot be chosen with the reason. */
export function useImageActs(acts: readonly ImageAct[]): ComputedRef<MenuItem[]> {
  const { t } = useI18n()
  const page = useImagesPage()
  const engine = useEngine()

  function whyNot(act: ImageAct): string | undefined {
    if ((act === 'tag' || act === 'remove') && page.readOnly) return t('images.readOnly')
    if (act === 'save' && page.noFiles) return t('images.noFiles')
    return undefined
  }

  return computed(() =>
    acts.map((act) => {
      const note = whyNot(act)
      return {
        id: act,
        label: t(`images.act.${act}`),
        icon: ICONS[act],
        note,
        disabled: note !== undefined || (act !== 'open' && !engine.connected),
      }
    }),
  )
}
