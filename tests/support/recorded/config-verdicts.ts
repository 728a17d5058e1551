import { readFileSync } from 'node:fs'

/** Versions whose verdicts were recorded. */
export const RECORDED_VERSIONS = ['20.10.24', '26.1.5', '28.5.2', '29.7.2'] as const
export type RecordedVersion = (typeof RECORDED_VERSIONS)[number]

/** What a real dockerd made of a file. */
export interface RecordedVerdict {
  accepted: boolean
  /**
   * `start`: it was started, and either answered or ended. `file`: it was only asked for the file,
   * with `--validate`, or (20.10) by a start that ends for its pid file once the file has passed.
   */
  by: 'file' | 'start'
  /** Its last sentence when it refused; some ended with nothing but log lines. */
  said?: string
}

export interface RecordedFile {
  name: string
  /** Absent for files that are no UTF-8 text: those come as bytes. */
  text?: string
  base64?: string
  /** Flags it was tried with besides those of every run. */
  flags?: string[]
  verdicts: Partial<Record<RecordedVersion, RecordedVerdict>>
}

/** Files that were given to real daemons, and their verdicts; where both were recorded, the start's. */
export const RECORDED_FILES = JSON.parse(
  readFileSync(new URL('config-verdicts.json', import.meta.url), 'utf8'),
) as RecordedFile[]

/** The files that are text, as most tests take them. */
export const RECORDED_TEXTS = RECORDED_FILES.filter(
  (file): file is RecordedFile & { text: string } => file.text !== undefined,
)

/** Flags all daemons of a kind of run had. */
export function recordedFlags(version: RecordedVersion, { by }: RecordedVerdict): string[] {
  // Starts were made off the network.
  if (by === 'start') return ['--bridge', 'none', '--iptables=false']
  return version === '20.10.24' ? ['--host', 'unix:///lab/val.sock', '--pidfile', '/lab/docker.pid'] : []
}
