/** Texts of the check's problems by code; `{name}` takes a value, `{term:name}` a word of `terms`. */
export interface ProblemTexts {
  texts: Readonly<Record<string, { message: string; hint?: string }>>
  terms: Readonly<Record<string, string>>
}

const problems: ProblemTexts = {
  terms: {},
  texts: {
    'dockerd/refused': { message: 'dockerd говорит: {said}' },
  },
}

export default problems
