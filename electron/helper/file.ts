import { randomBytes } from 'node:crypto'
import { basename, dirname, join } from 'node:path'
import { changed, codeOf, fileError } from './file-error'
import { Folder, hashOf, type FileState, type Owner } from './folder'
import { HelperError } from './verb'

/** Dated backups that are kept beside the file. */
export const KEPT_BACKUPS = 20

/** Temporary files of this program, after the prefix. */
const LEFTOVER = /^(lock(\.stale)*-)?[0-9a-f]{12}(-old)?$/

/** A daemon.json and what Porthole keeps beside it. */
export class ConfigFile {
  readonly name: string

  private constructor(
    readonly path: string,
    readonly folder: Folder,
  ) {
    this.name = basename(path)
  }

  /** Opens the folder; with `create` makes it when it is not there, else answers undefined. */
  static async open(path: string): Promise<ConfigFile | undefined>
  static async open(path: string, options: { create: true }): Promise<ConfigFile>
  static async open(path: string, { create = false } = {}): Promise<ConfigFile | undefined> {
    const folder = await Folder.open(dirname(path), { create })
    return folder === undefined ? undefined : new ConfigFile(path, folder)
  }

  close(): Promise<void> {
    return this.folder.close()
  }

  /** Reads the file. Throws `config/symlink` for a link, `config/unreadable` for what cannot be read. */
  read(): Promise<FileState> {
    return this.folder.read(this.name, this.path)
  }

  /** The same before a change. Throws `config/not-writable` for a file with other names too. */
  async readToChange(): Promise<FileState> {
    const state = await this.read()
    if (state.links > 1)
      throw new HelperError(
        'config/not-writable',
        `${this.path} has ${state.links} names (hard links); the others would keep the old content.`,
        { hint: 'Make it a file of its own.', detail: { path: this.path } },
      )
    return state
  }

  /** Copies the state into a dated file beside it and returns its name. */
  async backup(state: FileState, now: Date): Promise<string> {
    const stamp = now.toISOString().replace(/[-:]|\.\d+/g, '')
    for (let n = 0; ; n += 1) {
      const name = `${this.name}.porthole-${stamp}${n === 0 ? '' : `-${String(n).padStart(2, '0')}`}`
      try {
        await this.folder.create(name, state.bytes, state)
        for (const old of (await this.backups()).slice(0, -KEPT_BACKUPS)) await this.folder.remove(old)
        return name
      } catch (error) {
        if (codeOf(error) !== 'EEXIST' || n >= 99) throw fileError(error, join(dirname(this.path), name))
      }
    }
  }

  /** Names of the dated backups, oldest first: the stamp sorts by time. */
  async backups(): Promise<string[]> {
    const prefix = `${this.name}.porthole-`
    return (await this.folder.names())
      .filter((name) => name.startsWith(prefix) && /^\d{8}T\d{6}Z(-\d\d)?$/.test(name.slice(prefix.length)))
      .sort()
  }

  /**
   * Puts the bytes in place of the file: temporary file in the same folder, fsync, a last look
   * whether the file still is `expected`, rename, fsync of the folder. Throws
   * `config/changed-underneath`, `config/symlink`, `config/not-writable`; then nothing has changed.
   */
  async replace(bytes: Buffer, owner: Owner, expected: string): Promise<void> {
    const temporary = this.temporary()
    try {
      await this.folder.create(temporary, bytes, owner)
      await this.exchange(expected, hashOf(bytes), () => this.folder.rename(temporary, this.name))
    } catch (error) {
      await this.folder.remove(temporary).catch(() => undefined)
      throw fileError(error, this.path)
    }
  }

  /** Removes the file when it still is `expected`; throws as {@link replace}. */
  async remove(expected: string): Promise<void> {
    await this.exchange(expected, 'absent', () => this.folder.remove(this.name))
  }

  /**
   * Somebody may write into the file in the very moment it is exchanged. A second name keeps hold
   * of what was there: when it is another afterwards, it goes back into its place.
   */
  private async exchange(expected: string, wanted: string, put: () => Promise<void>): Promise<void> {
    const { folder, name, path } = this
    const held = `${this.temporary()}-old`
    // Not every file system has second names.
    const linked = await folder.link(name, held).then(
      () => true,
      () => false,
    )
    try {
      if ((await folder.read(linked ? held : name, path)).hash !== expected) throw changed(path)
      await put()
      if (linked) {
        const late = await folder.read(held, path)
        if (late.hash !== expected) {
          if ((await this.read()).hash === wanted) await folder.rename(held, name)
          else await this.backup(late, new Date())
          throw changed(path)
        }
      }
    } finally {
      if (linked) await folder.remove(held).catch(() => undefined)
    }
    await folder.sync()
  }

  /** Names of temporary files that an end in the middle left, or that are in use right now. */
  async leftovers(): Promise<string[]> {
    const prefix = `.${this.name}.porthole-`
    return (await this.folder.names()).filter(
      (name) => name.startsWith(prefix) && LEFTOVER.test(name.slice(prefix.length)),
    )
  }

  private temporary(): string {
    return `.${this.name}.porthole-${randomBytes(6).toString('hex')}`
  }
}
