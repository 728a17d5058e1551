import { record, text } from './image-config'
import type { Name, Tree } from './tree'

/** A container, as its files tell it. */
export interface StoredContainer {
  id: string
  name: string
  running: boolean
  logDriver?: string
  /** Names of the volumes it mounts. */
  volumes: string[]
}

/** Every container with a file of its own; one whose file is torn has its id alone. */
export function readContainers(tree: Tree, base: readonly Name[]): Map<string, StoredContainer> {
  const containers = new Map<string, StoredContainer>()
  for (const folder of tree.list(...base, 'containers')) {
    const id = String(folder)
    const files = tree.within([...base, 'containers', folder], (own) =>
      own.stat('config.v2.json') === undefined
        ? undefined
        : { config: record(own.json('config.v2.json')), host: record(own.json('hostconfig.json')) },
    )
    if (files === undefined) continue
    const { config, host } = files
    const logDriver = text(record(host['LogConfig'])['Type'])
    containers.set(id, {
      id,
      name: text(config['Name'])?.replace(/^\//, '') ?? id.slice(0, 12),
      running: record(config['State'])['Running'] === true,
      volumes: Object.values(record(config['MountPoints'])).flatMap(
        (mount) => text(record(mount)['Name']) ?? [],
      ),
      ...(logDriver === undefined ? {} : { logDriver }),
    })
  }
  return containers
}
