import type { EventEmitter } from 'node:events'
import type { ItemOf } from '../../contract/contract'
import { maskText } from '../engine'
import { checkStatic } from './static'
import type { Context, Surroundings } from './context'
import { parseDocument, type Document, type Problem } from './document'
import { effectiveOptions } from './effective'
import type { FileState } from './file-state'
import { FolderWatch } from './folder-watch'
import { textAtStart } from './in-force/at-start'
import { Gatherer } from './in-force/gather'
import type { ConfigFile } from './index'

/** Reads daemon.json and what is in force of it, and says when either changes. */
export class Reader {
  readonly #gatherer: Gatherer

  constructor(
    private readonly around: Surroundings,
    private readonly emitter: EventEmitter,
  ) {
    this.#gatherer = new Gatherer(around.deps)
  }

  async read(): Promise<ConfigFile> {
    const { around } = this
    const context = await around.context()
    const path = around.locate(context)
    const { flags } = context.target
    const state = await around.state(path, context)
    const { document, problems } = checkStatic(state.text, context.target)
    const writeThrough = around.writeThrough(path, state, context.process)
    const unit = context.process?.unit?.name ?? context.stopped?.unit
    return {
      path,
      exists: state.exists,
      text: state.text,
      hash: state.hash,
      readable: state.readable,
      writable: writeThrough !== 'none',
      writeThrough,
      ...(state.linkTarget === undefined ? {} : { linkTarget: state.linkTarget }),
      ...(state.mode === undefined ? {} : { mode: state.mode }),
      ...(state.modifiedAt === undefined ? {} : { modifiedAt: state.modifiedAt }),
      problems: [
        ...state.problems,
        // Of bytes that are no text, and of a file that is not there, there is nothing more to say.
        ...(state.exists && state.readable && state.utf8 ? problems : []),
        ...whyNotWritable(path, state, writeThrough),
      ],
      effective: await this.#effective(path, state, document, context),
      flags: flags.map((each) => ({ ...each, value: maskText(each.value) })),
      ...(unit === undefined ? {} : { unit }),
    }
  }

  async #effective(
    path: string,
    state: FileState,
    document: Document,
    context: Context,
  ): Promise<ConfigFile['effective']> {
    const { target, process: daemon, status } = context
    const [info, gathered, atStart] = await Promise.all([
      this.around.info(context),
      this.#gatherer.about(daemon, status.state === 'connected'),
      daemon === undefined || !state.readable
        ? undefined
        : textAtStart(daemon.startedAt, {
            path,
            modifiedAt: state.modifiedAt === undefined ? undefined : Date.parse(state.modifiedAt),
            text: state.text,
          }),
    ])
    return effectiveOptions({
      document,
      ...target,
      path,
      info: info && { ...info, MinAPIVersion: status.engine?.minApiVersion },
      ...gathered,
      ...(atStart === undefined ? {} : { started: parseDocument(atStart, target.version) }),
      startUnknown: daemon !== undefined && atStart === undefined,
    })
  }

  async *watch(signal: AbortSignal): AsyncIterable<ItemOf<'config.watch'>> {
    const { engine, events } = this.around.deps
    let dirty: boolean
    let wake = (): void => undefined
    const changed = (): void => {
      dirty = true
      wake()
    }
    const folder = new FolderWatch(changed)
    const stopLink = engine.onLink(changed)
    const stopEvents = events?.onEvent((event) => {
      if (event.type === 'daemon') changed()
    })
    this.emitter.on('changed', changed)
    signal.addEventListener('abort', changed)
    try {
      let last: string | undefined
      while (!signal.aborted) {
        dirty = false
        const now = await this.read()
        folder.follow(now.path)
        const item = {
          hash: now.hash,
          exists: now.exists,
          drift: now.effective.filter((each) => each.drift === true).map((each) => each.key),
        }
        const shape = JSON.stringify(item)
        if (shape !== last) yield item
        last = shape
        if (!dirty) await new Promise<void>((resolve) => (wake = resolve))
      }
    } finally {
      folder.close()
      stopLink()
      stopEvents?.()
      this.emitter.off('changed', changed)
      signal.removeEventListener('abort', changed)
    }
  }
}

function whyNotWritable(path: string, state: FileState, writeThrough: ConfigFile['writeThrough']): Problem[] {
  if (writeThrough !== 'none') return []
  return [
    state.linkTarget === undefined
      ? {
          severity: 'info',
          code: 'file/not-writable',
          message: `This user may not write ${path}, and there is no privileged helper.`,
          hint: 'Run Porthole as root, or install pkexec and the helper.',
          source: 'static',
        }
      : {
          severity: 'info',
          code: 'file/symlink',
          message: `${path} is a symbolic link to ${state.linkTarget}; Porthole writes through none.`,
          hint: `Name the file itself with --config ${state.linkTarget}.`,
          source: 'static',
        },
  ]
}
