import { parseDocument, type Document, type Problem } from './document'
import { checkKeys, checkTypes, Findings, type Target } from './keys'
import { checkValues } from './values'

/** Everything Porthole can say by itself about a text, for one engine; asks nobody. */
export function checkStatic(text: string, target: Target): { document: Document; problems: Problem[] } {
  const document = parseDocument(text, target.version)
  const findings = new Findings(document)
  if (document.members !== undefined) {
    checkKeys(document, target, findings)
    checkTypes(document, target, findings)
    checkValues(target, findings)
  }
  return { document, problems: [...document.problems, ...findings.problems] }
}
