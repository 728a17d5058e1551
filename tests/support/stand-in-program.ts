import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { BUNDLE_ENV, bundle } from './bundle'
import { MACHINE_FILE } from './stand-in-machine'
import type { Supervisor } from './supervisor'

/** A program of two bundles, laid out as in the output folder. */
export interface StandInProgram {
  /** Path of the command line. */
  cli: string
  remove(): void
}

/**
 * The command line with its helper for a machine whose systemd is a stand-in; with the folder of a
 * built page it can serve that too.
 */
export async function standInProgram(unit: Supervisor, renderer?: string): Promise<StandInProgram> {
  const [program, helper] = await Promise.all([
    bundle('tests/support/cli-of-stand-in.ts', 'porthole'),
    bundle('tests/support/helper-of-stand-in.ts', 'porthole-helper'),
  ])
  const folder = mkdtempSync(join(tmpdir(), 'porthole-stand-in-'))
  for (const [name, built] of [
    ['cli', program],
    ['helper', helper],
  ] as const) {
    cpSync(dirname(built), join(folder, name), { recursive: true })
    rmSync(dirname(built), { recursive: true })
    writeFileSync(join(folder, name, MACHINE_FILE), JSON.stringify(unit.machine))
  }
  symlinkSync(BUNDLE_ENV.NODE_PATH, join(folder, 'node_modules'))
  // The bundle's parts lie in a folder of their own, and look for the page beside that.
  if (renderer !== undefined) cpSync(renderer, join(folder, 'cli', 'renderer'), { recursive: true })
  return {
    cli: join(folder, 'cli', 'porthole.cjs'),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}
