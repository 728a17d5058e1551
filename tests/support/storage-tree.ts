import { execFileSync } from 'node:child_process'
import {
  closeSync,
  linkSync,
  mkdirSync,
  openSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'

/** Bytes of a name that is not UTF-8. */
export const NOT_UTF8 = Buffer.from([0x62, 0xff, 0xfe, 0x61])
/** Names that an attacker might choose. */
export const HOSTILE = ['new\nline', '\x1b[31mred', '<img src=x onerror=alert(1)>', 'back\\slash', '-rf', ' ']

/**
 * Makes a tree that is hard to count: small files in many folders, files with several names, holes,
 * links, a pipe, names of all kinds, and folders deeper than any path may be long.
 */
export function plantTree(folder: string, files: number): void {
  mkdirSync(folder, { recursive: true })
  for (let made = 0; made < files; made += 1) {
    const at = join(folder, 'small', String(made % 97), String(made % 7))
    if (made < 97 * 7) mkdirSync(at, { recursive: true })
    writeFileSync(join(at, `file-${made}`), 'x'.repeat(made % 3 === 0 ? 0 : made % 5_000))
  }
  mkdirSync(join(folder, 'linked'))
  for (let made = 0; made < 50; made += 1) {
    const one = join(folder, 'linked', `one-${made}`)
    writeFileSync(one, 'y'.repeat(9_000))
    linkSync(one, join(folder, 'linked', `two-${made}`))
    linkSync(one, join(folder, 'small', String(made), '0', `three-${made}`))
  }
  const sparse = join(folder, 'sparse')
  writeFileSync(sparse, 'begins')
  truncateSync(sparse, 3 * 1024 ** 3)
  const holes = openSync(join(folder, 'holes'), 'w')
  for (let at = 0; at < 40; at += 1) writeSync(holes, 'block', at * 1024 * 1024)
  closeSync(holes)
  symlinkSync('/usr', join(folder, 'out'))
  symlinkSync('nowhere', join(folder, 'dangling'))
  execFileSync('mkfifo', [join(folder, 'pipe')])
  for (const name of HOSTILE) {
    mkdirSync(join(folder, name))
    writeFileSync(join(folder, name, 'inside'), 'z'.repeat(5_000))
  }
  const bytes = Buffer.concat([Buffer.from(`${folder}/`), NOT_UTF8])
  mkdirSync(bytes)
  writeFileSync(Buffer.concat([bytes, Buffer.from('/inside')]), 'z'.repeat(5_000))
  // 60 folders of 100 letters: a path of 6 000, where a call takes 4 095.
  const dig =
    'chdir shift; for (1..60) { $n = "d" x 100; mkdir $n or die; chdir $n or die } open F, ">deepest"'
  execFileSync('perl', ['-e', dig, folder])
  // What is still to be written takes a block more once it is: the holes need a tree of extents.
  execFileSync('sync', ['-f', folder])
}

/** Bytes on the disk as du counts them. */
export function du(path: string): number {
  return Number(execFileSync('du', ['-sx', '--block-size=1', path], { encoding: 'utf8' }).split('\t')[0])
}

/** Entries of one file system below a path, and itself, as find counts them. */
export function entriesOf(path: string): number {
  const devices = execFileSync('find', [path, '-xdev', '-printf', '%D\\n'], { encoding: 'utf8' })
    .trim()
    .split('\n')
  // What is mounted below is no part of it.
  return devices.filter((device) => device === devices[0]).length
}
