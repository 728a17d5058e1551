import { optionsOf } from './option'

const option = optionsOf('containerd')

/** The containerd below dockerd. */
export const CONTAINERD = [
  option('containerd', 'string', { example: '/run/containerd/containerd.sock' }),
  option('containerd-namespace', 'string', { since: '19.03.3', default: 'moby' }),
  option('cri-containerd', 'bool', { since: '18.09', default: false }),
  option('containerd-plugins-namespace', 'string', {
    since: '19.03.3',
    // The decoder knows it under a name that is no flag, so that no spelling of the key works.
    ignoredSince: '1.12',
    default: 'plugins.moby',
  }),
]
