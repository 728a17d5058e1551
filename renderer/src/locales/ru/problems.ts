import { APPLY_PROBLEMS } from './problems/apply'
import { JSON_PROBLEMS } from './problems/json'
import { KEY_PROBLEMS } from './problems/keys'
import { TERMS } from './problems/terms'
import { VALUE_PROBLEMS } from './problems/values'

/** Texts of the check's problems by code; `{name}` takes a value, `{term:name}` a word of `terms`. */
export interface ProblemTexts {
  texts: Readonly<Record<string, { message: string; hint?: string }>>
  terms: Readonly<Record<string, string>>
}

const problems: ProblemTexts = {
  terms: TERMS,
  texts: {
    ...JSON_PROBLEMS,
    ...KEY_PROBLEMS,
    ...VALUE_PROBLEMS,
    ...APPLY_PROBLEMS,
    'dockerd/refused': { message: 'dockerd говорит: {said}' },
    'validate/unavailable': { message: 'Не удалось спросить dockerd --validate: {why}' },
    'validate/no-binary': { message: 'Не удалось спросить dockerd --validate: его программа не найдена.' },
    'trial/unavailable': { message: 'Пробный запуск не состоялся: {why}' },
    'trial/no-binary': { message: 'Пробный запуск не состоялся: программа dockerd не найдена.' },
    'trial/skipped': {
      message: 'Пробного запуска не было: файл и так будет отвергнут.',
      hint: 'Сначала исправьте ошибки.',
    },
    'trial/timeout': {
      message: 'Пробный демон за {seconds} с не запустился и не завершился.',
      hint: 'Что-то в файле заставляет движок ждать; в его журнале видно, чего.',
    },
  },
}

export default problems
