import { isIP } from 'node:net'
import { z } from 'zod'
import { isIgnored, knows, OPTIONS, type ConfigOption, type ValueType } from './options'
import { isSize } from './units'

const Size = z.string().refine(isSize)
const Strings = z.array(z.string())
const Int = z.int()
const Rule = z.looseObject({
  all: z.boolean().optional(),
  filter: Strings.optional(),
  reservedSpace: z.string().optional(),
  maxUsedSpace: z.string().optional(),
  minFreeSpace: z.string().optional(),
  keepStorage: z.string().optional(),
})

const TYPES: Record<ValueType, z.ZodType> = {
  bool: z.boolean(),
  int: Int,
  string: z.string(),
  strings: Strings,
  size: Size,
  ip: z.string().refine((text) => text === '' || isIP(text) !== 0),
  'string-map': z.record(z.string(), z.string()),
  'bool-map': z.record(z.string(), z.boolean()),
  'map-of-string-maps': z.record(z.string(), z.record(z.string(), z.string())),
  runtimes: z.record(
    z.string(),
    z.looseObject({
      path: z.string().optional(),
      runtimeArgs: Strings.optional(),
      runtimeType: z.string().optional(),
      options: z.record(z.string(), z.unknown()).optional(),
    }),
  ),
  ulimits: z.record(
    z.string(),
    z.looseObject({ Name: z.string().optional(), Hard: Int.optional(), Soft: Int.optional() }),
  ),
  pools: z.array(z.looseObject({ base: z.string(), size: Int })),
  builder: z.looseObject({
    gc: z
      .looseObject({
        enabled: z.boolean().optional(),
        defaultKeepStorage: z.string().optional(),
        defaultReservedSpace: z.string().optional(),
        defaultMaxUsedSpace: z.string().optional(),
        defaultMinFreeSpace: z.string().optional(),
        policy: z.array(Rule).optional(),
      })
      .optional(),
    entitlements: z.record(z.string(), z.boolean()).optional(),
    history: z.looseObject({}).optional(),
  }),
  nri: z.strictObject({
    enable: z.boolean().optional(),
    'plugin-path': z.string().optional(),
    'plugin-config-path': z.string().optional(),
    'socket-path': z.string().optional(),
  }),
  proxies: z.looseObject({
    'http-proxy': z.string().optional(),
    'https-proxy': z.string().optional(),
    'no-proxy': z.string().optional(),
  }),
  object: z.looseObject({}),
  objects: z.array(Rule),
}

/** What an option's value looks like: its type, and the only words or the range it takes. */
export function valueSchema({ type, allowed }: ConfigOption): z.ZodType {
  if (type === 'string' && allowed?.values !== undefined)
    return z.enum(allowed.values.map((word) => (typeof word === 'string' ? word : word.name)))
  if (type === 'int')
    return z
      .int()
      .min(allowed?.min ?? Number.MIN_SAFE_INTEGER)
      .max(allowed?.max ?? Number.MAX_SAFE_INTEGER)
  return TYPES[type]
}

/**
 * daemon.json of one version as a schema: the keys it knows at top level, nothing else. It tells
 * shape only; what the engine refuses beyond that, and where in the text, is the check's matter.
 */
export function schemaFor(version: string): z.ZodObject {
  const known = OPTIONS.filter(
    (each) => knows(each, version) && !isIgnored(each, version) && each.inside === undefined,
  )
  return z.strictObject(Object.fromEntries(known.map((each) => [each.key, valueSchema(each).optional()])))
}
