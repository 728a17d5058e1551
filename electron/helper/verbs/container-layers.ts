import { readDaemonMount, type MountRequest } from '../container-layers/daemon-mount'
import type { OverlayMount } from '../container-layers/mount-table'
import { readOwnFiles, type OwnFiles, type OwnFilesRequest } from '../container-layers/own-files'
import { readStoredStack, type StackRequest, type StoredStack } from '../container-layers/stored-stack'
import { HelperError, type Verb } from '../verb'
import { Input } from './input'
import { storeOf } from './scan'

/** Paths of one page of changes. */
const MOST = 2_000
/** Absolute, of at most as many characters as Linux lets one have. */
const PATH = /^\/[^\0]{0,16383}$/s

/** What a container's own layer has at paths. */
export const containerFiles: Verb<OwnFilesRequest, OwnFiles> = {
  name: 'container-files',
  parse(input) {
    const fields = Input.of(input, ['pid', 'driver', 'imageStore', 'container', 'paths', 'sum'])
    return {
      ...placeOf(fields),
      container: fields.containerId('container'),
      paths: fields.texts('paths', PATH, MOST),
      sum: fields.flag('sum'),
    }
  },
  run: (request, { signal }) => readOwnFiles(request, signal),
}

/** Of which directories a container's file system is put together, by the files of the store. */
export const containerStack: Verb<StackRequest, StoredStack | null> = {
  name: 'container-stack',
  parse(input) {
    const fields = Input.of(input, ['pid', 'driver', 'imageStore', 'container'])
    return { ...placeOf(fields), container: fields.containerId('container') }
  },
  run: (request) => readStoredStack(request),
}

/** The overlay that dockerd sees at a path. */
export const daemonMount: Verb<MountRequest, OverlayMount | null> = {
  name: 'daemon-mount',
  parse(input) {
    const fields = Input.of(input, ['pid', 'path'])
    return { pid: fields.pid('pid'), path: fields.path('path') }
  },
  run: (request) => Promise.resolve().then(() => readDaemonMount(request)),
}

function placeOf(fields: Input): Pick<StackRequest, 'pid' | 'store'> {
  const { pid, store } = storeOf(fields)
  if (pid === undefined) throw new HelperError('helper/failed', '"pid" must be a process id.')
  return { pid, store }
}
