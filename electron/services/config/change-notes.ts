/**
 * What a reader should know of one change, in English, by code. `{name}` takes a value. Other
 * languages have a table of the same codes and placeholders.
 */
export const NOTES = {
  'removed/kept':
    'A reload does not undo a removed key: the running value stays until a restart. To undo it at once, write {instead} instead.',
  'removed/kept-computed':
    'A reload does not undo a removed key: the running value stays until a restart, which goes back to what the engine chooses itself.',
  'removed/reset':
    'A reload without the key goes back to the default ({default}), even where a flag sets another value.',
  'debug/level':
    'Turning debug off sets the running log level to info, not to {level}; that comes back with the next start.',
  'features/start': 'Only buildkit takes effect on reload; {names} are read at the next start.',
  'features/image-store':
    'The engine keeps its images elsewhere from then on: images and containers made so far disappear from view and stay on disk.',
  'log/new-containers':
    'Only containers made after the restart log this way; those that exist keep theirs until they are made anew.',
  'data-root/moves-nothing': 'Nothing is moved: the engine starts empty in the new place.',
  'data/hidden': 'Images and containers made before disappear from view; they stay on disk.',
  'plugins/first':
    'Each of these plugins has to run already: where one is missing, the reload ends the engine.',
  'hosts/socket':
    'Where systemd hands the socket over (docker.socket), it goes on listening on its own address; leave fd:// in the list, or turn that unit off.',
  'live-restore/swarm': 'Not possible on a node of a swarm: there the engine does not start with it.',
} as const

export type NoteCode = keyof typeof NOTES

type Names<S> = S extends `${string}{${infer Name}}${infer Rest}` ? Name | Names<Rest> : never

/** A note with its code and values, as a change carries it. */
export function noteOf<C extends NoteCode>(
  code: C,
  ...[detail]: [Names<(typeof NOTES)[C]>] extends [never]
    ? []
    : [Readonly<Record<Names<(typeof NOTES)[C]>, string>>]
): { note: string; noteCode: NoteCode; detail?: Record<string, string> } {
  const values: Readonly<Record<string, string>> = detail ?? {}
  return {
    note: NOTES[code].replace(/\{(\w+)\}/g, (_, name: string) => values[name] ?? ''),
    noteCode: code,
    ...(detail === undefined ? {} : { detail: values }),
  }
}
