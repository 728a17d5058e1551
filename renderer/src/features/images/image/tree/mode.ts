import type { Entry } from '../contents'

const LETTERS: Record<Entry['type'], string> = {
  file: '-',
  folder: 'd',
  symlink: 'l',
  hardlink: '-',
  char: 'c',
  block: 'b',
  fifo: 'p',
}

/** Type and permission bits as `ls -l` writes them: `drwxr-xr-x`, `-rwsr-xr-x`, `drwxrwxrwt`. */
export function modeText({ type, mode }: Pick<Entry, 'type' | 'mode'>): string {
  const triple = (shift: number, special: number, set: string): string => {
    const bits = (mode >> shift) & 7
    const runs = (bits & 1) !== 0
    const last = (mode & special) !== 0 ? (runs ? set : set.toUpperCase()) : runs ? 'x' : '-'
    return `${(bits & 4) !== 0 ? 'r' : '-'}${(bits & 2) !== 0 ? 'w' : '-'}${last}`
  }
  return `${LETTERS[type]}${triple(6, 0o4000, 's')}${triple(3, 0o2000, 's')}${triple(0, 0o1000, 't')}`
}
