import { AppError } from '../../contract/errors'
import { sandboxText, type LeftOut } from '../../helper/sandbox'
import type { ConfigService } from '../config'

export interface TrialText {
  text: string
  leftOut: LeftOut[]
}

/**
 * A text as a sandbox can be started with it: as it is written, without the keys that cannot be tried.
 * Throws `config/invalid` for one that is no JSON object.
 */
export async function trialText(text: string, editor: Pick<ConfigService, 'edit'>): Promise<TrialText> {
  const { text: copy, leftOut } = sandboxText(text)
  if (copy === undefined)
    throw new AppError(
      'config/invalid',
      'The text is not a JSON object, so no dockerd could start with it.',
      {
        hint: 'config.check says where the fault is.',
      },
    )
  if (leftOut.length === 0) return { text, leftOut }
  // An engine may take what is no plain JSON for an edit; then the copy has another look.
  const edited = await editor.edit({ text, unset: leftOut.map(({ key }) => key) }).catch(() => undefined)
  return { text: edited?.text ?? copy, leftOut }
}
