import { createRouter, createWebHashHistory, type Router } from 'vue-router'
import { PAGES } from './app/pages'

/** Routes of the window. In the fragment, so that one file serves `app://` and a browser alike. */
export function createPageRouter(): Router {
  return createRouter({
    history: createWebHashHistory(),
    routes: [
      ...PAGES.map(({ name, path, pattern, component }) => ({ name, path: pattern ?? path, component })),
      { path: '/:rest(.*)*', redirect: '/overview' },
    ],
  })
}
