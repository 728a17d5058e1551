import {
  Archive,
  Box,
  CircleDashed,
  CircleHelp,
  Cog,
  Database,
  FileClock,
  FileText,
  Hammer,
  HardDrive,
  Hourglass,
  Layers,
  Network,
  Package,
  Plug,
  ScrollText,
  Server,
  Ship,
  Users,
} from '@lucide/vue'
import type { Component } from 'vue'
import type { ItemOf } from '../../../../electron/contract/contract'

export type StorageScan = ItemOf<'storage.scan'>
export type StorageShare = StorageScan['shares'][number]
export type StorageOwner = StorageShare['owner']
export type StorageKind = StorageOwner['kind']

interface Look {
  icon: Component
  /** Custom property of the style sheet. */
  colour: string
}

/** How a kind of owner is drawn. Kinds that are alike to a reader share a colour; words tell them apart. */
const LOOKS: Record<StorageKind, Look> = {
  layer: { icon: Layers, colour: '--c1' },
  content: { icon: Package, colour: '--c1' },
  'image-data': { icon: Database, colour: '--c1' },
  'build-cache': { icon: Hammer, colour: '--c2' },
  volume: { icon: HardDrive, colour: '--c3' },
  log: { icon: ScrollText, colour: '--c4' },
  container: { icon: Box, colour: '--c5' },
  'container-files': { icon: FileText, colour: '--c5' },
  'other-store': { icon: Archive, colour: '--c6' },
  temporary: { icon: Hourglass, colour: '--c6' },
  orphan: { icon: CircleDashed, colour: '--bad' },
  quarantine: { icon: FileClock, colour: '--warn' },
  network: { icon: Network, colour: '--c7' },
  plugin: { icon: Plug, colour: '--c7' },
  swarm: { icon: Users, colour: '--c7' },
  runtime: { icon: Cog, colour: '--c7' },
  containerd: { icon: Ship, colour: '--c7' },
  engine: { icon: Server, colour: '--c7' },
  unmapped: { icon: CircleHelp, colour: '--c7' },
  unknown: { icon: CircleHelp, colour: '--c7' },
}

/** What an owner is called: a layer by the image that stands on it, as people know it, and not by its hash. */
export function nameOf({ kind, name, images = [] }: StorageOwner): string {
  const [first] = images
  if ((kind !== 'layer' && kind !== 'content') || first === undefined) return name
  return images.length > 1 ? `${first} +${images.length - 1}` : first
}

/** How a kind is drawn; one of a newer core as what is not known. */
export function lookOf(kind: StorageKind): Look {
  return (LOOKS as Partial<Record<string, Look>>)[kind] ?? LOOKS.unknown
}
