import { Activity, Gauge, ScrollText, SlidersHorizontal } from '@lucide/vue'
import type { Component } from 'vue'
import { withTexts } from './i18n'

export type PageName = 'overview' | 'configuration' | 'events' | 'daemon-log'

export interface Page {
  name: PageName
  path: string
  icon: Component
  load: () => Promise<{ default: Component }>
}

/** The pages in the order of the rail and of Ctrl+1…; each is a chunk of its own. */
export const PAGES: readonly Page[] = [
  {
    name: 'overview',
    path: '/overview',
    icon: Gauge,
    load: () => import('../features/overview/OverviewPage.vue'),
  },
  {
    name: 'configuration',
    path: '/configuration',
    icon: SlidersHorizontal,
    load: () =>
      withTexts('form', () =>
        withTexts('review', () => import('../features/configuration/ConfigurationPage.vue')),
      ),
  },
  {
    name: 'events',
    path: '/events',
    icon: Activity,
    load: () => import('../features/events/EventsPage.vue'),
  },
  {
    name: 'daemon-log',
    path: '/daemon-log',
    icon: ScrollText,
    load: () => import('../features/daemon-log/DaemonLogPage.vue'),
  },
]
