import { lstatSync } from 'node:fs'
import { rmdir } from 'node:fs/promises'
import { join } from 'node:path'
import { isRootsOwn } from './daemon'
import { ConfigFile } from './file'
import { hashOf, type FileState } from './folder'
import { isUnitName, machine } from './manager'
import { ENDPOINT_VARIABLE, isTracesEndpoint, tracesEnvironment } from './traces-environment'
import { HelperError } from './verb'

const NAME = 'porthole-traces.conf'
/** What stands beside it while nobody has proven it; systemd reads only names that end in `.conf`. */
const INTENT = '.porthole-traces.intent'
const MARK = '# Written by Porthole: dockerd tells of its work to this address of this machine.'
const ROOTS = { mode: 0o644, uid: 0, gid: 0 }

/** A change of the drop-in that is under way. */
export interface Intent {
  /** Where dockerd was told to send before; null when nowhere. */
  before: string | null
}

/** The drop-in of an endpoint, as systemd reads it. */
export function dropInText(endpoint: string): string {
  const lines = Object.entries(tracesEnvironment(endpoint)).map(
    ([name, value]) => `Environment=${name}=${value}`,
  )
  return [
    MARK,
    '# Porthole takes it away again (Flow, "Stop sending traces"). By hand: remove it, then systemctl daemon-reload.',
    '[Service]',
    ...lines,
    '',
  ].join('\n')
}

/** Where a drop-in of Porthole's has dockerd send; undefined for a text that is not Porthole's own. */
export function endpointIn(text: string): string | undefined {
  const [first, ...rest] = text.split('\n').map((line) => line.trim())
  const lines = rest.filter((line) => line !== '' && !line.startsWith('#'))
  const own = lines.every((line) => line === '[Service]' || /^Environment=OTEL_[A-Z_]+=[\w:/.]+$/.test(line))
  const start = `Environment=${ENDPOINT_VARIABLE}=`
  const endpoint = lines.find((line) => line.startsWith(start))?.slice(start.length)
  return first === MARK && own && endpoint !== undefined && isTracesEndpoint(endpoint) ? endpoint : undefined
}

/**
 * The drop-in of a unit as anybody may read it; undefined without one that is Porthole's own. Never
 * throws.
 */
export async function readTracesDropIn(
  unit: string,
): Promise<{ path: string; endpoint: string } | undefined> {
  const dropIn = await DropIn.open(unit).catch(() => undefined)
  try {
    const endpoint = await dropIn?.endpoint().catch(() => null)
    return dropIn === undefined || typeof endpoint !== 'string' ? undefined : { path: dropIn.path, endpoint }
  } finally {
    await dropIn?.close()
  }
}

/**
 * The one file that Porthole adds to the unit of a dockerd. Its folder and name follow from the
 * unit alone; whoever asks chooses neither, nor a word of what stands in it but the port.
 */
export class DropIn {
  private constructor(
    readonly path: string,
    private readonly file: ConfigFile,
  ) {}

  /**
   * Opens the unit's folder of drop-ins; with `create` makes it when it is not there, else answers
   * undefined. Throws `helper/path-refused` for a folder that is a link or that others could change.
   */
  static async open(unit: string): Promise<DropIn | undefined>
  static async open(unit: string, options: { create: true }): Promise<DropIn>
  static async open(unit: string, { create = false } = {}): Promise<DropIn | undefined> {
    const folder = folderOf(unit)
    const found = lstatSync(folder, { throwIfNoEntry: false })
    if (found === undefined && !create) return undefined
    if (found?.isDirectory() === false || !isRootsOwn(found === undefined ? machine.unitFolder : folder))
      throw new HelperError('helper/path-refused', `${folder} is not a folder that root alone may change.`, {
        hint: `ls -ld ${folder} shows what it is.`,
        detail: { path: folder },
      })
    const path = join(folder, NAME)
    const file = create ? await ConfigFile.open(path, { create }) : await ConfigFile.open(path)
    return file === undefined ? undefined : new DropIn(path, file)
  }

  close(): Promise<void> {
    return this.file.close()
  }

  /** Where it has dockerd send; null without one. Throws `flow/drop-in-foreign` for somebody else's. */
  async endpoint(): Promise<string | null> {
    return (await this.#read()).endpoint
  }

  /**
   * Puts the drop-in of an endpoint there, or takes it away with null: atomic, root's own, 0644. The
   * intent that is left beside it says what was there before; `conclude` takes that away.
   */
  async change(endpoint: string | null): Promise<void> {
    const { state, endpoint: before } = await this.#read()
    await this.file.folder.remove(INTENT)
    const intent: Intent = { before }
    await this.file.folder.create(INTENT, Buffer.from(`${JSON.stringify(intent)}\n`), ROOTS)
    await this.file.folder.sync()
    await this.#put(endpoint, state)
  }

  /** Puts back what an intent remembers. */
  async putBack({ before }: Intent): Promise<void> {
    await this.#put(before, (await this.#read()).state)
  }

  /** The change that nobody has proven or undone; what is torn counts as one that began from nothing. */
  async intent(): Promise<Intent | undefined> {
    const { exists, bytes } = await this.file.folder.read(INTENT)
    if (!exists) return undefined
    try {
      const { before } = JSON.parse(bytes.toString('utf8')) as { before?: unknown }
      return { before: typeof before === 'string' && isTracesEndpoint(before) ? before : null }
    } catch {
      return { before: null }
    }
  }

  /** What is there now stays; with nothing left in it the folder goes too. */
  async conclude(): Promise<void> {
    const { folder } = this.file
    for (const name of [INTENT, ...(await this.file.leftovers())]) await folder.remove(name)
    await folder.sync()
    // Other drop-ins keep it.
    if ((await folder.names()).length === 0) await rmdir(folder.path).catch(() => undefined)
  }

  async #put(endpoint: string | null, state: FileState): Promise<void> {
    if (endpoint === null) {
      if (state.exists) await this.file.remove(state.hash)
      return
    }
    const bytes = Buffer.from(dropInText(endpoint))
    if (state.hash !== hashOf(bytes)) await this.file.replace(bytes, ROOTS, state.hash)
  }

  async #read(): Promise<{ state: FileState; endpoint: string | null }> {
    const found = lstatSync(this.path, { throwIfNoEntry: false })
    if (found === undefined) return { state: await this.file.read(), endpoint: null }
    if (!found.isFile()) throw foreign(this.path)
    const state = await this.file.readToChange()
    const endpoint = endpointIn(state.bytes.toString('utf8'))
    if (endpoint === undefined) throw foreign(this.path)
    return { state, endpoint }
  }
}

function folderOf(unit: string): string {
  if (!isUnitName(unit)) throw new HelperError('helper/path-refused', 'That is no unit of systemd.')
  return join(machine.unitFolder, `${unit}.d`)
}

function foreign(path: string): HelperError {
  return new HelperError(
    'flow/drop-in-foreign',
    `${path} was not written by Porthole, and is left as it is.`,
    {
      hint: 'Rename it, or take what it sets into a drop-in of another name, and try again.',
      detail: { path },
    },
  )
}
