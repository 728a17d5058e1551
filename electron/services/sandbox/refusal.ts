import { AppError } from '../../contract/errors'

/**
 * A dockerd that ended with the text that was tried, with what its last sentence means and where the
 * key stands that it speaks of. Any other error as it is.
 */
export async function explained(error: Error, text: string): Promise<Error> {
  const said =
    error instanceof AppError && error.code === 'sandbox/refused' ? error.detail?.['said'] : undefined
  if (typeof said !== 'string') return error
  // What explains it is only loaded where something was refused.
  const [{ explainFatal }, { pinTo }] = await Promise.all([import('../recovery'), import('../config')])
  const { code, message, detail, keys } = explainFatal(said)
  const place = pinTo(text, keys)
  const at = place?.line === undefined ? '' : ` ("${place.key ?? ''}", line ${place.line} of the text)`
  return new AppError('sandbox/refused', `dockerd does not start with this text. ${message}`, {
    hint: `Correct the text${at} and try again. The engine in use was not touched.`,
    detail: { ...detail, ...place, said, fatal: code },
  })
}
