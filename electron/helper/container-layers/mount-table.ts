import { isAbsolute, join } from 'node:path'

/** An overlay as the kernel has it mounted. */
export interface OverlayMount {
  /** Where it is mounted. */
  merged: string
  upper?: string
  work?: string
  /** The topmost first, spelled as whoever mounted it did: absolute or not, short links not followed. */
  lowers: string[]
  /** Every other option, as the kernel tells it. */
  options: string[]
}

/**
 * The overlay that a table of mounts (`/proc/PID/mountinfo`, proc_pid_mountinfo(5)) has at a path; the
 * newest where several lie on each other. Undefined where there is none.
 */
export function overlayAt(mountinfo: string, path: string): OverlayMount | undefined {
  for (const line of mountinfo.split('\n').reverse()) {
    const fields = line.split(' ')
    const point = fields[4]
    // Optional fields end with a dash; three more follow it.
    const dash = fields.indexOf('-', 6)
    if (point === undefined || dash < 0 || unescape(point) !== path) continue
    // fuse-overlayfs shows none of its directories here.
    if (fields[dash + 1] !== 'overlay') return undefined
    return { merged: path, ...parseOptions(fields[5] ?? '', fields[dash + 3] ?? '') }
  }
  return undefined
}

/** A directory of a mount as an absolute path; one that is not counts from `base`. */
export function resolveIn(base: string, directory: string): string {
  return isAbsolute(directory) ? directory : join(base, directory)
}

function parseOptions(mount: string, superBlock: string): Omit<OverlayMount, 'merged'> {
  const found: Omit<OverlayMount, 'merged'> = { lowers: [], options: [] }
  const others = new Set(mount.split(',').filter(Boolean))
  // A comma within a value is escaped there.
  for (const option of superBlock.split(',').filter(Boolean)) {
    const at = option.indexOf('=')
    const key = at < 0 ? option : option.slice(0, at)
    const value = option.slice(at + 1)
    if (key === 'lowerdir') found.lowers.push(...splitLowers(value))
    // Since Linux 6.5 directories may be added one by one, and since 6.12 they are shown so.
    else if (key === 'lowerdir+') found.lowers.push(unescape(value))
    else if (key === 'upperdir') found.upper = unescape(value)
    else if (key === 'workdir') found.work = unescape(value)
    else others.add(unescape(option))
  }
  found.options = [...others]
  return found
}

/**
 * Directories between colons. A colon in a name is `\072` since Linux 6.5; before, the backslash that
 * whoever mounted it wrote before the colon stands there, itself escaped. Directories that give data
 * alone follow two colons; no layer of an image is one, and the empty piece between them is none either.
 */
function splitLowers(value: string): string[] {
  return value
    .split(/(?<!\\134):/)
    .filter((piece) => piece !== '')
    .map((piece) => unescape(piece.replaceAll('\\134:', ':')))
}

/** The kernel writes what would end a field as a backslash and three octal digits, byte by byte. */
function unescape(text: string): string {
  if (!text.includes('\\')) return text
  const parts = text.split(/\\([0-7]{3})/)
  return Buffer.concat(
    parts.map((part, index) =>
      index % 2 === 1 ? Buffer.from([Number.parseInt(part, 8) & 0xff]) : Buffer.from(part),
    ),
  ).toString('utf8')
}
