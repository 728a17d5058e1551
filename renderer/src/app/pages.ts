import {
  Activity,
  Cpu,
  FolderTree,
  Gauge,
  HardDrive,
  Layers,
  ScrollText,
  SlidersHorizontal,
  Waypoints,
} from '@lucide/vue'
import type { Component } from 'vue'
import OverviewPage from '../features/overview/OverviewPage.vue'
import { withTexts } from './i18n'

export type PageName =
  'overview' | 'flow' | 'configuration' | 'events' | 'daemon-log' | 'storage' | 'files' | 'images' | 'runtime'

export interface Page {
  name: PageName
  path: string
  /** As the router knows the path, where it says more than which page it is. */
  pattern?: string
  icon: Component
  component: Component | (() => Promise<{ default: Component }>)
}

/** The pages in the order of the rail and of Ctrl+1…; all but the first are chunks of their own. */
export const PAGES: readonly Page[] = [
  {
    name: 'overview',
    path: '/overview',
    icon: Gauge,
    component: OverviewPage,
  },
  {
    name: 'flow',
    path: '/flow',
    icon: Waypoints,
    component: () =>
      withTexts('recording', () => withTexts('flow', () => import('../features/flow/FlowPage.vue'))),
  },
  {
    name: 'configuration',
    path: '/configuration',
    icon: SlidersHorizontal,
    component: () =>
      withTexts('form', () =>
        withTexts('review', () => import('../features/configuration/ConfigurationPage.vue')),
      ),
  },
  {
    name: 'events',
    path: '/events',
    icon: Activity,
    component: () => import('../features/events/EventsPage.vue'),
  },
  {
    name: 'daemon-log',
    path: '/daemon-log',
    icon: ScrollText,
    component: () => import('../features/daemon-log/DaemonLogPage.vue'),
  },
  {
    name: 'storage',
    path: '/storage',
    icon: HardDrive,
    component: () =>
      withTexts('owners', () => withTexts('storage', () => import('../features/storage/StoragePage.vue'))),
  },
  {
    name: 'files',
    path: '/files',
    icon: FolderTree,
    component: () =>
      withTexts('owners', () => withTexts('files', () => import('../features/files/FilesPage.vue'))),
  },
  {
    name: 'images',
    path: '/images',
    pattern: '/images/:id?',
    icon: Layers,
    component: () =>
      withTexts('imageLayers', () =>
        withTexts('imageCompare', () =>
          withTexts('images', () => import('../features/images/ImagesPage.vue')),
        ),
      ),
  },
  {
    name: 'runtime',
    path: '/runtime',
    icon: Cpu,
    component: () => withTexts('runtime', () => import('../features/runtime/RuntimePage.vue')),
  },
]
