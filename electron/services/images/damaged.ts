import { AppError } from '../../contract/errors'

/** What a record or an archive may not hold; `what` completes "The layers cannot be read: …". */
export function damaged(what: string): AppError {
  return new AppError('image/unreadable', `The layers cannot be read: ${what}.`, {
    hint: 'The record or archive is damaged, or was made to mislead.',
  })
}
