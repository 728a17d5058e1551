import { parseDocument, type Document, type Problem } from './document'
import { Findings } from './findings'
import { checkKeys } from './keys'
import { RULES } from './rules'
import { Checked } from './rules/checked'
import type { Target } from './target'
import { checkTypes } from './types'

/** Everything Porthole can say by itself about a text, for one engine; asks nobody. */
export function checkStatic(text: string, target: Target): { document: Document; problems: Problem[] } {
  const document = parseDocument(text, target.version)
  const findings = new Findings(document)
  if (document.members !== undefined) {
    checkKeys(document, target, findings)
    checkTypes(document, target, findings)
    const file = new Checked(target, findings)
    for (const rule of RULES) rule(file)
  }
  return { document, problems: [...document.problems, ...findings.problems] }
}
