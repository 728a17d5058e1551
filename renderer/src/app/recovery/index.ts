import { defineAsyncComponent } from 'vue'
import { withTexts } from '../i18n'

/** The line on top of every page while the daemon needs help; draws nothing while it does not. */
export const RecoveryBanner = defineAsyncComponent(() =>
  withTexts('recovery', () => import('./RecoveryBanner.vue')),
)

/** The ways back, for the pages where one looks for them; draws nothing while none is needed. */
export const RecoveryCard = defineAsyncComponent(() =>
  withTexts('recovery', () => import('./RecoveryCard.vue')),
)
