import { closeSync, type Stats } from 'node:fs'
import { follow, next, type Place, type Rule } from './places'
import type { Root } from './roots'
import { inside, look, namesIn, type Name } from './tree'
import type { WalkTask } from './walk'

/** A part of a tree that is counted as one: a folder with what lies below, or a file. */
export interface Unit {
  root: Root
  names: readonly Name[]
  place: Place
  isFolder: boolean
  /** Of the folder or file itself. */
  bytes: number
  entries: number
}

/** The units of a tree, and what is to be walked for them. */
export interface Survey {
  units: Unit[]
  tasks: WalkTask[]
  /** Files that have more than one name, of which not all may lie here. */
  linked: { unit: number; inode: number; bytes: number; links: number }[]
  missed: number
}

/** Entries between two moments in which others have their turn. */
const AT_ONCE = 500
/** Entries of a folder that are told one by one; what is more counts for the folder itself. */
const MAX_FLAT = 20_000

/**
 * Looks at the folders that hold many things and makes each thing a unit: a layer's folder, a
 * volume, a log. With `flat` every entry of the folder is a unit, whatever it is. Where the folder
 * cannot be opened the survey is empty.
 */
export async function survey(
  root: Root,
  from: readonly Name[],
  flat: boolean,
  pause: () => Promise<void>,
  survey: Survey = { units: [], tasks: [], linked: [], missed: 0 },
): Promise<Survey> {
  const rule = follow(root.rule, from)
  const stat = root.tree.stat(...from)
  if (stat?.isDirectory() !== true) return survey
  await lookInto({ root, flat, pause, survey, looked: 0 }, from, rule, stat)
  return survey
}

interface Looking {
  root: Root
  flat: boolean
  pause: () => Promise<void>
  survey: Survey
  looked: number
}

async function lookInto(at: Looking, names: readonly Name[], rule: Rule, stat: Stats): Promise<void> {
  const { root, flat, pause, survey } = at
  const own = addUnit(at, names, rule.place, stat)
  let fd: number
  try {
    fd = root.tree.openFolder(names)
  } catch {
    survey.missed += 1
    return
  }
  try {
    for (const name of namesIn(fd)) {
      if ((at.looked += 1) % AT_ONCE === 0) await pause()
      const found = look(inside(fd, name))
      if (found === undefined) {
        survey.missed += 1
        continue
      }
      // Another file system is mounted there.
      if (found.dev !== root.tree.device) continue
      const path = [...names, name]
      const below = next(rule, name)
      // A folder of a million files has not a million shares.
      if (flat && survey.units.length > MAX_FLAT) {
        add(survey, own, found)
        if (found.isDirectory()) survey.tasks.push({ root: root.tree.fd, names: path, unit: own })
      } else if (!found.isDirectory()) {
        const unit = flat || !isSame(below.place, rule.place) ? addUnit(at, path, below.place, found) : own
        if (unit === own) add(survey, own, found)
      } else if (flat || below.whole)
        survey.tasks.push({ root: root.tree.fd, names: path, unit: addUnit(at, path, below.place, found) })
      else await lookInto(at, path, below, found)
    }
  } finally {
    closeSync(fd)
  }
}

function addUnit({ root, survey }: Looking, names: readonly Name[], place: Place, stat: Stats): number {
  const unit = survey.units.length
  survey.units.push({ root, names, place, isFolder: stat.isDirectory(), bytes: 0, entries: 0 })
  add(survey, unit, stat)
  return unit
}

function add({ units, linked }: Survey, index: number, stat: Stats): void {
  const unit = units[index]
  if (unit === undefined) return
  unit.entries += 1
  if (stat.isDirectory() || stat.nlink === 1) unit.bytes += stat.blocks * 512
  else linked.push({ unit: index, inode: stat.ino, bytes: stat.blocks * 512, links: stat.nlink })
}

function isSame(one: Place, other: Place): boolean {
  return one.what === other.what && one.id === other.id && one.driver === other.driver
}
