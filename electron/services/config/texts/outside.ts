/** What is said by dockerd, found on disk, or told of the asking itself. */
export const OUTSIDE_TEXTS = {
  'dockerd/refused': { message: 'dockerd says: {said}' },
  'validate/unavailable': { message: 'dockerd --validate could not be asked: {why}' },
  'validate/no-binary': { message: 'dockerd --validate could not be asked: its binary was not found.' },
  'trial/unavailable': { message: 'The trial start could not be made: {why}' },
  'trial/no-binary': { message: 'The trial start could not be made: the binary of dockerd was not found.' },
  'trial/skipped': {
    message: 'No trial start was made, since the file is refused as it is.',
    hint: 'Correct the errors first.',
  },
  'trial/timeout': {
    message: 'The scratch daemon neither started nor ended within {seconds} s.',
    hint: 'Something in the file makes the engine wait; its log shows for what.',
  },
} as const
