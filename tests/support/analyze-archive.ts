import { AppError } from '../../electron/contract/errors'
import { contract, type ItemOf, type OutputOf } from '../../electron/contract/contract'
import { createEngineService } from '../../electron/services/engine'
import { createImagesService } from '../../electron/services/images'
import { createPrivileged } from '../../electron/services/privileged'

export type ArchiveAnalysis = Extract<ItemOf<'archive.analyze'>, { state: 'done' }>

/** What came of an archive: an analysis with the entries of its root, or a coded error. */
export interface Outcome {
  code?: string
  message?: string
  analysis?: ArchiveAnalysis
  root?: OutputOf<'image.files'>['entries']
}

/** What goes to a window must fit into a frame. */
function fits(answer: unknown): void {
  const bytes = Buffer.byteLength(JSON.stringify(answer))
  if (bytes > 1_000_000) throw new Error(`An answer takes ${bytes} bytes.`)
}

/** The services of images without an engine: archives need none. */
export function archiveServices() {
  const log = (): void => undefined
  const engine = createEngineService({ endpoint: 'unix:///nonexistent/docker.sock', env: {}, log })
  const privileged = createPrivileged({ env: {}, log })
  const images = createImagesService({ engine, privileged })
  const { signal } = new AbortController()
  return {
    images,
    signal,
    /** Has an archive analyzed and its top folder listed; throws what is no {@link AppError}. */
    async analyze(path: string, image?: string): Promise<Outcome> {
      try {
        let analysis: ArchiveAnalysis | undefined
        for await (const item of images.analyzeArchive(
          { path, ...(image === undefined ? {} : { image }) },
          signal,
        ))
          if (item.state === 'done')
            analysis = contract['archive.analyze'].item.parse(item) as ArchiveAnalysis
        if (analysis === undefined) throw new Error('The analysis came to no end.')
        const listing = await images.files(
          { image: analysis.id, layer: Math.max(0, analysis.layers.length - 1), path: '/', mode: 'merged' },
          signal,
        )
        fits(analysis)
        fits(listing)
        return { analysis, root: listing.entries }
      } catch (error) {
        if (!(error instanceof AppError)) throw error
        return { code: error.code, message: error.message }
      }
    },
    async dispose(): Promise<void> {
      await engine.dispose()
      await privileged.dispose()
    },
  }
}
