import type { EngineStatus } from '.'
import type { Contact } from './probe'

/** `/info`, as far as it is used. Every field may be missing: engines differ. */
export interface EngineInfo {
  ID?: string
  Name?: string
  ServerVersion?: string
  OSType?: string
  Architecture?: string
  KernelVersion?: string
  OperatingSystem?: string
  Driver?: string
  DriverStatus?: [string, string][] | null
  DockerRootDir?: string
  LoggingDriver?: string
  CgroupVersion?: string
  LiveRestoreEnabled?: boolean
  Debug?: boolean
  Containers?: number
  ContainersRunning?: number
  ContainersPaused?: number
  ContainersStopped?: number
  Images?: number
  DefaultRuntime?: string
  Runtimes?: Record<string, unknown> | null
  SecurityOptions?: string[] | null
  Warnings?: string[] | null
  NFd?: number
  NGoroutines?: number
  NEventsListener?: number
}

/** The engine as `engine.status` shows it, from `/version` and `/info`. */
export function describeEngine(contact: Contact, info: EngineInfo): NonNullable<EngineStatus['engine']> {
  const { version } = contact
  const component = (name: string): string | undefined =>
    version.Components?.find((entry) => entry.Name === name)?.Version
  const containerdVersion = component('containerd')
  const runcVersion = component('runc')
  return {
    id: info.ID ?? '',
    name: info.Name ?? '',
    version: info.ServerVersion ?? version.Version ?? '',
    apiVersion: contact.apiVersion,
    maxApiVersion: version.ApiVersion ?? contact.apiVersion,
    minApiVersion: version.MinAPIVersion ?? '',
    os: info.OSType ?? version.Os ?? '',
    arch: info.Architecture ?? version.Arch ?? '',
    kernel: info.KernelVersion ?? version.KernelVersion ?? '',
    operatingSystem: info.OperatingSystem ?? '',
    storageDriver: info.Driver ?? '',
    // The containerd image store names its snapshotter's plug-in type there; graph drivers do not.
    imageStore: (info.DriverStatus ?? []).some(
      (pair) => pair[0] === 'driver-type' && pair[1].startsWith('io.containerd.snapshotter'),
    )
      ? 'containerd'
      : 'graphdriver',
    dataRoot: info.DockerRootDir ?? '',
    loggingDriver: info.LoggingDriver ?? '',
    cgroupVersion: info.CgroupVersion ?? '',
    liveRestore: info.LiveRestoreEnabled ?? false,
    debug: info.Debug ?? false,
    containers: {
      total: info.Containers ?? 0,
      running: info.ContainersRunning ?? 0,
      paused: info.ContainersPaused ?? 0,
      stopped: info.ContainersStopped ?? 0,
    },
    images: info.Images ?? 0,
    defaultRuntime: info.DefaultRuntime ?? '',
    runtimes: Object.keys(info.Runtimes ?? {}).sort(),
    ...(containerdVersion === undefined ? {} : { containerdVersion }),
    ...(runcVersion === undefined ? {} : { runcVersion }),
    ...(info.NEventsListener === undefined ? {} : { eventListeners: info.NEventsListener }),
    rootless: (info.SecurityOptions ?? []).some((option) => option.startsWith('name=rootless')),
    desktop: info.OperatingSystem === 'Docker Desktop',
  }
}

const LOOPBACK = /^(127\.|localhost$|::1$)/

/** What the engine warns of itself, and what is seen from here. */
export function describeWarnings(contact: Contact, info: EngineInfo | undefined): string[] {
  const warnings = (info?.Warnings ?? []).map((text) => text.trim()).filter((text) => text !== '')
  const { address } = contact.connection
  if (address.kind === 'tcp' && !address.tls)
    warnings.push(
      LOOPBACK.test(address.host)
        ? `The API is reached over tcp://${address.host}:${address.port} without TLS: every user of this machine can become root through it.`
        : `The API is reached over tcp://${address.host}:${address.port} without TLS: whoever can reach that port can become root there.`,
    )
  if (address.kind === 'tcp' && address.tls?.verify === false)
    warnings.push('The certificate of the engine is not verified (SkipTLSVerify).')
  if (/^libpod/i.test(contact.server))
    warnings.push('This is Podman answering in the place of Docker: parts of Porthole need dockerd.')
  if (!info) warnings.push('The engine answers, and did not tell about itself (/info) in time.')
  return [...new Set(warnings)]
}
