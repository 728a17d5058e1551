/** How BuildKit ends an instruction. */
const BUILDKIT = /\s*# buildkit\s*$/
/** What the classic builder writes before an instruction that runs nothing. */
const NOP = /^\/bin\/sh -c #\(nop\)\s+/
/** Build arguments of a RUN: how many, each with its value, then the shell. */
const ARGUMENTS = /^(?:RUN )?\|\d+ .*?(?=\/bin\/sh -c )/s
const SHELL = /^(?:RUN )?\/bin\/sh -c\s+/

/** An instruction as it stood in the Dockerfile, from what either builder wrote into the history. */
export function instructionText(createdBy: string): string {
  const text = createdBy.replace(BUILDKIT, '').trim()
  if (NOP.test(text)) return text.replace(NOP, '')
  return text.replace(ARGUMENTS, '').replace(SHELL, 'RUN ')
}
