import { entries, memberOf } from '../nodes'
import type { Rule } from './checked'

const NAMES = [
  ...['core', 'cpu', 'data', 'fsize', 'locks', 'memlock', 'msgqueue', 'nice', 'nofile', 'nproc', 'rss'],
  ...['rtprio', 'rttime', 'sigpending', 'stack'],
]

/** Not looked at before a container is made. */
const ulimits: Rule = (file) => {
  for (const { name, nameNode, node } of entries(file.node('default-ulimits'))) {
    if (node.type !== 'object') continue
    const soft: unknown = memberOf(node, 'Soft')?.value
    const hard: unknown = memberOf(node, 'Hard')?.value
    if (!NAMES.includes(name))
      file.warning('default-ulimits', 'value/ulimit-name', { name, names: NAMES.join(', ') }, nameNode)
    else if (
      typeof soft === 'number' &&
      typeof hard === 'number' &&
      hard !== -1 &&
      (soft > hard || soft === -1)
    )
      file.warning('default-ulimits', 'value/ulimit', { name }, nameNode)
  }
}

export const CONTAINERS: readonly Rule[] = [ulimits]
