/** Words that stand where another route of the same subject has a name or an id. */
const FIXED: Readonly<Record<string, ReadonlySet<string>>> = {
  containers: new Set(['json', 'create', 'prune']),
  images: new Set(['json', 'create', 'search', 'get', 'load', 'prune']),
  networks: new Set(['create', 'prune']),
  volumes: new Set(['create', 'prune']),
  plugins: new Set(['privileges', 'pull', 'create']),
  exec: new Set(),
  services: new Set(['create']),
  secrets: new Set(['create']),
  configs: new Set(['create']),
  nodes: new Set(),
  tasks: new Set(),
  distribution: new Set(),
}

/** What may follow a name that can hold slashes itself, as images' and plugins' names do. */
const BEHIND_NAME = new Set('json history push tag get attestations enable disable upgrade set'.split(' '))
const MAX_ROUTE = 128

/**
 * The route a request takes in dockerd's router: without version and query, with `{id}` or `{name}`
 * in place of what names one thing. A path this does not know is its own route.
 */
export function routeOf(path: string): string {
  const plain = path.split('?', 1)[0] ?? ''
  const parts = plain
    .replace(/^\/v\d+(?:\.\d+)?(?=\/)/, '')
    .split('/')
    .slice(1)
  const [subject = '', second, ...rest] = parts
  const fixed = Object.hasOwn(FIXED, subject) ? FIXED[subject] : undefined
  if (fixed === undefined || second === undefined || (rest.length === 0 && fixed.has(second)))
    return `/${parts.join('/')}`.slice(0, MAX_ROUTE)
  if (subject === 'images' || subject === 'plugins' || subject === 'distribution') {
    const last = rest.at(-1)
    return last !== undefined && BEHIND_NAME.has(last) ? `/${subject}/{name}/${last}` : `/${subject}/{name}`
  }
  const what = subject === 'volumes' ? '{name}' : '{id}'
  // Of what is below a thing only checkpoints have names of their own.
  const [verb, ...names] = rest
  const below = verb === undefined ? '' : `/${verb}${names.length > 0 ? '/{name}' : ''}`
  return `/${subject}/${what}${below}`.slice(0, MAX_ROUTE)
}
