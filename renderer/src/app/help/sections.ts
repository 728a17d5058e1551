import type { PageName } from '../pages'

/** Parts of each page's explanation, in their order; the texts stand in the locales under `help`. */
export const SECTIONS: Record<PageName, readonly string[]> = {
  overview: ['daemon', 'api', 'road', 'well'],
  flow: ['client', 'dockerd', 'containerd', 'process', 'seen', 'recorded'],
  configuration: ['two', 'start', 'reload', 'effects', 'proof'],
  events: ['what', 'order', 'memory', 'health'],
  'daemon-log': ['where', 'levels', 'debug', 'reload'],
  storage: ['driver', 'written', 'truth', 'cleanup'],
  files: ['root', 'image', 'container', 'apart'],
  images: ['layer', 'names', 'stacked', 'shared', 'waste'],
  runtime: ['containerd', 'shim', 'runc', 'cgroup', 'inside'],
}
