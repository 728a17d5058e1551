import { isSize, isGoBool } from '../units'
import { objectOf, type Checked, type Item, type Rule } from './checked'
import { isFolder, isMissing, isNotOnXfs, isOtherThanFolder } from './machine'

interface Driver {
  /** First version without it. */
  until?: string
  /** Names of its options and what their values must be; those of other drivers are refused. */
  options: Readonly<Record<string, (value: string) => boolean>>
}

/** Where images lie when nothing is said. */
const DATA_ROOT = '/var/lib/docker'

const any = (): boolean => true
const ACCEPTS_CONSEQUENCES = 'i_want_broken_containers'

/** What each driver takes, as far as it depends on no machine. */
function drivers(file: Checked): Readonly<Record<string, Driver>> {
  return {
    overlay2: {
      options: {
        'overlay2.size': isSize,
        ...(file.since('24.0') ? {} : { 'overlay2.override_kernel_check': isGoBool }),
      },
    },
    'fuse-overlayfs': { options: {} },
    btrfs: { options: { 'btrfs.min_space': isSize } },
    zfs: { options: { 'zfs.fsname': any } },
    vfs: {
      options: {
        size: isSize,
        ...(file.since('25.0') ? { 'vfs.xattrs': (value) => value === ACCEPTS_CONSEQUENCES } : {}),
      },
    },
    aufs: { until: '24.0', options: {} },
    overlay: { until: '24.0', options: {} },
    devicemapper: { until: '25.0', options: {} },
  }
}

/** Whether images are kept in containerd: there a driver is a snapshotter, and it can have any name. */
function inContainerd(file: Checked): boolean {
  const feature = objectOf(file.inForce('features'))['containerd-snapshotter']
  if (file.since('29.0')) return feature !== false
  return file.since('24.0') && feature === true
}

const storageDriver: Rule = (file) => {
  const driver = file.text('storage-driver')
  if (driver === undefined) return
  const known = drivers(file)
  const until = known[driver]?.until
  if (driver in known && (until === undefined || !file.since(until))) return
  // With experimental features a plugin may bring one.
  if (inContainerd(file) || (file.inForce('experimental') === true && !(driver in known)))
    file.warning('storage-driver', 'value/storage-driver-unknown', { driver })
  else {
    const left = Object.entries(known).filter(
      ([, each]) => each.until === undefined || !file.since(each.until),
    )
    file.error('storage-driver', 'value/storage-driver', {
      driver,
      drivers: left.map(([name]) => name).join(', '),
    })
  }
}

const storageOpts: Rule = (file) => {
  if (inContainerd(file)) return
  const driver = file.inForce('storage-driver')
  const known = drivers(file)
  const named = typeof driver === 'string' && driver !== ''
  const chosen = named ? known[driver] : undefined
  if (named && (chosen === undefined || driver === 'devicemapper')) return
  // Without a name the engine chooses by the disk: what no driver takes is refused for certain.
  const options =
    chosen?.options ??
    (Object.assign({}, ...Object.values(known).map((each) => each.options)) as Driver['options'])
  for (const item of file.items('storage-opts')) checkOption(item, options, named ? driver : '', file)
}

function checkOption({ text, node }: Item, options: Driver['options'], driver: string, file: Checked): void {
  const equals = text.indexOf('=')
  if (equals < 0) return file.error('storage-opts', 'value/pair', { value: text }, node)
  const option = text.slice(0, equals).trim().toLowerCase()
  const value = text.slice(equals + 1).trim()
  const fits = options[option]
  if (fits === undefined) {
    if (driver === '') file.error('storage-opts', 'value/storage-opt-any', { option }, node)
    else file.error('storage-opts', 'value/storage-opt', { option, driver }, node)
  } else if (!fits(value)) file.error('storage-opts', 'value/storage-opt-value', { option, value }, node)
  else if (option === 'overlay2.size' && !/^0+(\.0*)?\s*[a-z]*$/i.test(value)) {
    const root = file.inForce('data-root')
    const path = typeof root === 'string' && root !== '' ? root : DATA_ROOT
    if (isNotOnXfs(path)) file.error('storage-opts', 'value/needs-xfs', { option, path }, node)
  }
}

/** Folders the engine makes where they are missing. */
const folders: Rule = (file) => {
  for (const key of ['data-root', 'exec-root']) {
    const path = file.text(key)
    if (path !== undefined && isOtherThanFolder(path)) file.error(key, 'value/not-a-folder', { path })
  }
  const pidfile = file.text('pidfile')
  if (pidfile !== undefined && isFolder(pidfile))
    file.error('pidfile', 'value/is-a-folder', { path: pidfile })
}

/** Up to 26 the engine gives up when containerd does not answer; later ones start without it. */
const containerd: Rule = (file) => {
  const path = file.text('containerd')
  if (path === undefined || !isMissing(path.replace(/^unix:\/\//, ''))) return
  if (file.since('28.0')) file.warning('containerd', 'value/no-socket-later', { path })
  else file.error('containerd', 'value/no-socket', { path })
}

/** What the engine calls the namespace of its plugins when nothing is said. */
const PLUGINS = 'plugins.moby'

const namespaces: Rule = (file) => {
  const value = file.text('containerd-namespace')
  const flag = file.target.flags.findLast((each) => each.key === 'containerd-plugins-namespace')
  if (value !== undefined && value === (flag?.value ?? PLUGINS))
    file.error('containerd-namespace', 'value/namespaces', { value })
}

export const STORAGE: readonly Rule[] = [storageDriver, storageOpts, folders, containerd, namespaces]
