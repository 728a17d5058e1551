import { configFileOf, rootProcesses } from '../daemon'
import { DEFAULT_FILE } from '../manager'
import { bundlePlaces, readBundle, type BundleRead } from '../oci-bundle'
import { trustedDaemon } from '../paths'
import type { Verb } from '../verb'
import { Input } from './input'

interface BundleInput {
  /** Of dockerd. */
  pid: number
  container: string
}

/** `config.json` of a container's OCI bundle, which only root may read; environments masked. */
export const bundle: Verb<BundleInput, BundleRead> = {
  name: 'bundle',
  parse(input) {
    const fields = Input.of(input, ['pid', 'container'])
    return { pid: fields.pid('pid'), container: fields.containerId('container') }
  },
  run({ pid, container }) {
    const daemon = trustedDaemon(pid)
    const places = bundlePlaces(
      daemon.argv,
      configFileOf(daemon) ?? DEFAULT_FILE,
      rootProcesses('containerd'),
    )
    return readBundle(places, container)
  },
}
