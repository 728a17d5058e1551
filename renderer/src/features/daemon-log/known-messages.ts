/**
 * Messages of dockerd that say less than they mean, from 20.10 to 29; the explanations stand in
 * the locales under `known`. The first that fits is taken.
 */
const KNOWN = [
  ['reloadSignal', /^Got signal to reload configuration/],
  ['reloaded', /^Reloaded configuration/],
  [
    'reloadFailed',
    /^(Error reloading configuration|Error reconfiguring the daemon|unable to configure the Docker daemon)/,
  ],
  ['reset', /^Reset (Max|Shutdown)/],
  ['startingUp', /^Starting up$/],
  ['ready', /^Daemon has completed initialization/],
  ['apiListen', /^API listen on /],
  ['handlerError', /^(Handler for .+ returned error|error response for \w+ request)/],
  ['ping', /^Calling (HEAD|GET) \/_ping|^handling HEAD request/],
  ['request', /^(Calling (GET|POST|HEAD|PUT|DELETE) |handling \w+ request)/],
  ['formData', /^form data:/],
  ['routes', /^Registering (route|GET|POST|PUT|HEAD|DELETE|OPTIONS)/],
  [
    'containerdStart',
    /^(containerd not running, starting|started new containerd process|starting containerd|containerd successfully booted)/,
  ],
  [
    'containerdDial',
    /(Creating a containerd client|ccResolverWrapper|scheme "" not registered|containerd\.sock.*(connect|dial)|healthcheck failed fast)/,
  ],
  ['shimStart', /^(connecting to shim|starting signal loop)/],
  ['shimEnd', /^(shim disconnected|cleaning up (after|dead) shim|shim reaped)/],
  ['taskEvent', /^event( published| forwarded)?$|^event module=/],
  ['ignoredEvent', /^ignoring event/],
  ['bundle', /^bundle dir created/],
  ['mounted', /^container mounted via/],
  ['loading', /^Loading containers: (start|done)/],
  ['storage', /^\[graphdriver\]|^Using default logging|^Docker daemon$/],
  ['signal', /^Processing signal '/],
  ['stopHealth', /^(stopping healthcheck|Stopping existing health|stopped healthcheck)/],
  ['firewall', /iptables|ip6tables|nftables|firewalld/i],
] as const

export type KnownMessage = (typeof KNOWN)[number][0]

/** Every name, for the test that holds the locales to them. */
export const KNOWN_MESSAGES: readonly KnownMessage[] = KNOWN.map(([name]) => name)

/** Which known message a line is, if any. */
export function knownMessage(message: string): KnownMessage | undefined {
  return KNOWN.find(([, pattern]) => pattern.test(message))?.[0]
}
