import type { Document, Member, Problem } from './document'
import { textOf } from './texts'

/**
 * A sentence of dockerd about its file as problems with keys and places. The wording changes
 * from release to release, so a key is taken only when the text has it.
 */
export function problemsOf(message: string, document: Document, source: Problem['source']): Problem[] {
  const text = clean(message)
  const keys = keysIn(text, document)
  if (keys.length === 0) return [problem(text, document, undefined, source)]
  return keys.map((member) => problem(text, document, member, source))
}

function clean(message: string): string {
  return message
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .join(' ')
    .replace(/^.*unable to configure the Docker daemon with file \S+: /, '')
    .replace(/^(merged )?configuration validation from file (and command line flags )?failed: /, '')
    .replace(/^invalid JSON: /, '')
}

function problem(
  text: string,
  document: Document,
  member: Member | undefined,
  source: Problem['source'],
): Problem {
  return {
    severity: 'error',
    ...textOf('dockerd/refused', { said: text }),
    ...(member === undefined ? {} : { key: member.key, ...document.lines.place(member.offset) }),
    source,
  }
}

/** Words dockerd uses for a value, and the key the value belongs to. */
const phrases: readonly [RegExp, string][] = [
  [/logging level/, 'log-level'],
  [/log format/, 'log-format'],
  [/bad attribute format|conflict labels/, 'labels'],
  [/invalid size/, 'default-shm-size'],
  [/default runtime/, 'default-runtime'],
  [/runtime/, 'runtimes'],
  [/invalid mirror/, 'registry-mirrors'],
  [/exec-opt/, 'exec-opts'],
  [/IPC mode/, 'default-ipc-mode'],
  [/cgroup namespace/, 'default-cgroupns-mode'],
  [/bind address/, 'hosts'],
  [/default MTU/, 'mtu'],
  [/max concurrent downloads/, 'max-concurrent-downloads'],
  [/max concurrent uploads/, 'max-concurrent-uploads'],
  [/max download attempts/, 'max-download-attempts'],
  [/valid domain/, 'dns-search'],
  [/registry/, 'insecure-registries'],
  [/graphdriver|graph driver/, 'storage-driver'],
  [/cgroupdriver/, 'exec-opts'],
  [/log opts?/, 'log-opts'],
  [/seccomp/, 'seccomp-profile'],
  [/uid lookup|gid lookup|userns|subordinate/, 'userns-remap'],
]

function keysIn(text: string, document: Document): Member[] {
  const members = document.members ?? []
  const named = (key: string): Member[] => members.filter((member) => member.key === key).slice(-1)

  const unknown = /match any configuration option: (.*)$/.exec(text)
  if (unknown !== null) return (unknown[1] ?? '').split(', ').flatMap(named)
  if (/specified both as a flag and in the configuration file/.test(text))
    return [...text.matchAll(/([\w-]+): \(from flag: /g)].flatMap((match) => named(match[1] ?? ''))
  const field = /Go struct field (\S+) of type/.exec(text)
  if (field !== null) return (field[1] ?? '').split('.').flatMap(named).slice(0, 1)

  // A key dockerd spells out, then a value it repeats, then what its words are about.
  const spelt = members.filter((member) =>
    new RegExp(`(^|[^\\w-])${escape(member.key)}([^\\w-]|$)`).test(text),
  )
  if (spelt.length > 0) return spelt.slice(0, 1)
  const holder = members.find((member) =>
    stringsOf(member.value).some((value) => value.length > 2 && text.includes(value)),
  )
  if (holder !== undefined) return [holder]
  const phrase = phrases.find(([words, key]) => words.test(text) && named(key).length > 0)
  return phrase === undefined ? [] : named(phrase[1])
}

function stringsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  if (typeof value !== 'object' || value === null) return []
  return Object.values(value).flatMap(stringsOf)
}

function escape(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}
