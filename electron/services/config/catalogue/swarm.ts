import { optionsOf } from './option'

const option = optionsOf('swarm')

/** What this node tells a swarm. */
export const SWARM = [
  option('swarm-default-advertise-addr', 'string', { default: '', example: 'eth1' }),
  option('node-generic-resources', 'strings', {
    flag: 'node-generic-resource',
    since: '17.09',
    default: [],
    example: ['NVIDIA-GPU=2'],
  }),
]
