import {
  CornerDownRight,
  File,
  FileCog,
  FileQuestionMark,
  FileSymlink,
  Folder,
  FolderOpen,
  Link,
  Plug,
} from '@lucide/vue'
import type { Component } from 'vue'

/** Where a row stands in its tree. */
export interface TreeNode {
  /** 0 is the topmost. */
  depth: number
  /** It can be unfolded. */
  folder: boolean
  open: boolean
}

const ICONS: Readonly<Record<string, Component>> = {
  folder: Folder,
  file: File,
  link: FileSymlink,
  symlink: FileSymlink,
  hardlink: Link,
  device: FileCog,
  char: FileCog,
  block: FileCog,
  socket: Plug,
  fifo: CornerDownRight,
}

/** Picture of a kind of file; of one that nobody knows a question mark. */
export function entryIcon(type: string | undefined, open: boolean): Component {
  return open ? FolderOpen : (ICONS[type ?? ''] ?? FileQuestionMark)
}

/** Deeper rows are not moved further to the right: there must be room for their names. */
const DEEPEST = 14

export function indent(depth: number): { paddingLeft: string } {
  return { paddingLeft: `${Math.min(depth, DEEPEST) * 16}px` }
}
