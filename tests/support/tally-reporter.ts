import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { SerializedError } from 'vitest'
import type { Reporter, TestModule } from 'vitest/node'

/** What `tests/run.mjs` wants to know of a suite. */
export interface Tally {
  passed: number
  failed: string[]
  skipped: { name: string; reason?: string }[]
  /** Faults outside any test: a file that does not load, an unhandled rejection. */
  errors: string[]
}

/** Writes a tally to the file PORTHOLE_TALLY names: vitest's own JSON leaves out why a test was skipped. */
export default class TallyReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly SerializedError[]): void {
    const tally: Tally = {
      passed: 0,
      failed: [],
      skipped: [],
      errors: unhandled.map((error) => error.message),
    }
    for (const module of modules) {
      for (const error of module.errors()) tally.errors.push(`${module.relativeModuleId}: ${error.message}`)
      for (const suite of module.children.allSuites())
        for (const error of suite.errors()) tally.errors.push(`${suite.fullName}: ${error.message}`)
      for (const test of module.children.allTests()) {
        const name = `${module.relativeModuleId} > ${test.fullName}`
        const result = test.result()
        if (result.state === 'passed') tally.passed += 1
        else if (result.state === 'failed') tally.failed.push(name)
        else
          tally.skipped.push(
            result.state === 'skipped' && result.note !== undefined
              ? { name, reason: result.note }
              : { name },
          )
      }
    }
    const file = process.env['PORTHOLE_TALLY']
    if (file === undefined) return
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, JSON.stringify(tally, undefined, 2))
  }
}
