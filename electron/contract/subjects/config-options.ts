import { z } from 'zod'
import { request } from '../define'
import { Needs, TakesEffect, WhenRemoved } from './config'

/** Groups of the form, in its order. */
export const OptionCategory = z.enum([
  'logging',
  'container-logging',
  'registry',
  'network',
  'storage',
  'builder',
  'runtimes',
  'container-defaults',
  'security',
  'api',
  'monitoring',
  'general',
  'containerd',
  'swarm',
  'removed',
])

/** The value a key wants, as dockerd's decoder takes it; the form chooses its editor by it. */
export const OptionType = z.enum([
  'bool',
  'int',
  'string',
  'strings',
  'size',
  'ip',
  'string-map',
  'bool-map',
  'map-of-string-maps',
  'runtimes',
  'ulimits',
  'pools',
  'builder',
  'nri',
  'proxies',
  'object',
  'objects',
])

/** One key of daemon.json as one version of the engine takes it. */
export const ConfigOption = z.object({
  key: z.string(),
  category: OptionCategory,
  type: OptionType,
  /** Long flag with dashes (`--log-level`); null for keys that exist in the file only. */
  flag: z.string().nullable(),
  /** Short flag with its dash (`-l`). */
  short: z.string().optional(),
  /** This engine takes the key; false where it is too old for it, or has removed it. */
  known: z.boolean(),
  /** First engine with the key; `1.12` stands for that and anything older. */
  since: z.string(),
  /** First engine that advises against it. */
  deprecated: z.string().optional(),
  /** First engine that refuses it. */
  removed: z.string().optional(),
  /** This engine accepts the key and does nothing with it. */
  ignored: z.boolean(),
  /** Absent where the engine works it out itself; then `defaultText` says how. */
  default: z.unknown().optional(),
  defaultText: z.string().optional(),
  allowed: z
    .object({
      /** The only values that are taken. */
      values: z.array(z.string()).optional(),
      /** Values worth offering; others are taken too. */
      suggestions: z.array(z.string()).optional(),
      /** Names of members of a map worth offering (`max-size`). */
      members: z.array(z.string()).optional(),
      /** The same by the value of another key: those of `log-opts` by `log-driver`. */
      membersBy: z.object({ key: z.string(), members: z.record(z.string(), z.array(z.string())) }).optional(),
      min: z.number().optional(),
      max: z.number().optional(),
      /** Unit of a number: `seconds`, `bytes`, `microseconds`. */
      unit: z.string().optional(),
      /** What is taken, in words. */
      text: z.string().optional(),
    })
    .optional(),
  platform: z.array(z.enum(['linux', 'windows'])),
  takesEffect: TakesEffect,
  needs: Needs,
  whenRemoved: WhenRemoved,
  /**
   * The key counts only inside this object. Members of `builder` have their whole path as key
   * (`builder.gc.enabled`).
   */
  inside: z.string().optional(),
  /** A sentence or three: what it is for and what to mind. */
  help: z.string(),
  /** A value that a reader can start from. */
  example: z.unknown().optional(),
})

export const configOptions = {
  /**
   * Every key of daemon.json that the engine in use (or `version`) takes, refuses since, or will
   * take: what it is, its default, and when a change of it takes effect. In the order of a form:
   * by category, then by how often people come for it.
   */
  'config.options': request({
    access: 'read',
    input: z.strictObject({
      language: z.enum(['en', 'ru']).default('en'),
      /** Version of an engine to tell it for, for example `28.5.2`; the one in use by default. */
      version: z
        .string()
        .regex(/^\d+\.\d+(\.\d+)?/)
        .max(64)
        .optional(),
    }),
    output: z.array(ConfigOption),
  }),
}
