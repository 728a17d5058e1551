import type { OutputOf, ParsedInputOf } from '../../contract/contract'
import { AppError } from '../../contract/errors'
import { toAppError, type EngineService } from '../engine'
import type { ImagesService } from '../images'
import { takeBackImport } from './half-import'
import { inPath, splitName } from './image-name'
import { Removal } from './removal'
import { saveImages } from './save'
import { transferring, type Transfer } from './transferring'
import { upload } from './upload'

export class ImageActionsService {
  readonly #engine: EngineService
  readonly #removal: Removal
  readonly #end = new AbortController()
  /** Transfers under way; each is settled when nothing half of it is left. */
  readonly #running = new Set<Promise<unknown>>()

  constructor(parts: { engine: EngineService; images: ImagesService }) {
    this.#engine = parts.engine
    this.#removal = new Removal(parts.engine, parts.images)
  }

  async tag(
    { image, name }: ParsedInputOf<'image.tag'>,
    signal: AbortSignal,
  ): Promise<OutputOf<'image.tag'>> {
    const { repo, tag } = splitName(name)
    try {
      const docker = await this.#engine.docker()
      await docker.getImage(inPath(image)).tag({ repo, tag, abortSignal: signal })
      return { name: `${repo}:${tag}` }
    } catch (error) {
      throw toAppError(error)
    }
  }

  previewRemove(
    { image }: ParsedInputOf<'image.previewRemove'>,
    signal: AbortSignal,
  ): Promise<OutputOf<'image.previewRemove'>> {
    return this.#removal.preview(image, signal)
  }

  remove(input: ParsedInputOf<'image.remove'>, signal: AbortSignal): Promise<OutputOf<'image.remove'>> {
    return this.#removal.remove(input, signal)
  }

  save(input: ParsedInputOf<'image.save'>, signal: AbortSignal): AsyncGenerator<Transfer> {
    return transferring(
      (tell, stop) =>
        this.#keep(async () => {
          const bytes = await saveImages(this.#engine, input, tell, this.#until(stop))
          return { bytes, images: [], path: input.path }
        }),
      signal,
    )
  }

  load({ path }: ParsedInputOf<'image.load'>, signal: AbortSignal): AsyncGenerator<Transfer> {
    return transferring(
      (tell, stop) =>
        this.#keep(() =>
          upload(this.#engine, { request: '/images/load?quiet=0', path }, tell, this.#until(stop)),
        ),
      signal,
    )
  }

  import(input: ParsedInputOf<'image.import'>, signal: AbortSignal): AsyncGenerator<Transfer> {
    return transferring(
      (tell, stop) =>
        this.#keep(async () => {
          const name = input.name === undefined ? undefined : splitName(input.name)
          const full = name && `${name.repo}:${name.tag}`
          const before = full === undefined ? undefined : await this.#idOf(full)
          const request = `/images/create?${importQuery(input, name)}`
          try {
            return await upload(this.#engine, { request, path: input.path }, tell, this.#until(stop))
          } catch (error) {
            if (error instanceof AppError && /^(?:image\/no-archive|engine\/refused)$/.test(error.code))
              await takeBackImport(this.#engine, error.message, full, before)
            throw error
          }
        }),
      signal,
    )
  }

  /** Stops what is under way; resolves when nothing half of it is left. */
  async dispose(): Promise<void> {
    this.#end.abort()
    await Promise.allSettled(this.#running)
  }

  #until(stop: AbortSignal): AbortSignal {
    return AbortSignal.any([stop, this.#end.signal])
  }

  #keep<T>(run: () => Promise<T>): Promise<T> {
    const running = run().finally(() => this.#running.delete(running))
    this.#running.add(running)
    return running
  }

  async #idOf(name: string): Promise<string | undefined> {
    try {
      const docker = await this.#engine.docker()
      return (await docker.getImage(inPath(name)).inspect()).Id
    } catch (error) {
      const coded = toAppError(error)
      if (coded instanceof AppError && coded.code === 'engine/not-found') return undefined
      throw coded
    }
  }
}

function importQuery(
  { message, changes }: ParsedInputOf<'image.import'>,
  name: { repo: string; tag: string } | undefined,
): string {
  const query = new URLSearchParams({ fromSrc: '-', ...name })
  if (message !== undefined) query.set('message', message)
  for (const change of changes) query.append('changes', change)
  return String(query)
}
