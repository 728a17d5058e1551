export default {
  app: {
    name: 'Porthole',
    skip: 'Skip to the page',
    navigation: 'Pages',
    fold: 'Collapse',
    unfold: 'Expand',
  },
  page: {
    overview: 'Overview',
    flow: 'Flow',
    configuration: 'Configuration',
    events: 'Events',
    'daemon-log': 'Daemon log',
    runtime: 'Runtime',
  },
  theme: { title: 'Theme', system: 'Like the system', light: 'Light', dark: 'Dark' },
  language: { title: 'Language', system: 'Like the system', en: 'English', ru: 'Русский' },
  engine: {
    none: 'No engine',
    default: 'default',
    sandbox: 'sandbox',
    choose: 'Engines known on this machine',
    chip: 'Engine: {name}, {state}',
    absent: '{endpoint}, nothing there now',
    readOnly: 'This session may only look, so the engine cannot be switched.',
    state: {
      unknown: 'looking',
      connected: 'connected',
      unreachable: 'unreachable',
      denied: 'access denied',
    },
  },
  palette: {
    open: 'Open the command palette',
    title: 'Command palette',
    hint: 'Search pages, options, actions',
    nothing: 'Nothing is called “{query}”.',
    group: { pages: 'Pages', actions: 'Actions', options: 'Options of daemon.json' },
    debugOn: 'Turn debug mode on',
    debugOff: 'Turn debug mode off',
    reload: 'Have dockerd read daemon.json again…',
    restart: 'Restart dockerd…',
    start: 'Start dockerd',
    stop: 'Stop dockerd…',
    theme: 'Theme: {theme}',
    language: 'Language: {language}',
    refresh: 'Read everything again',
    copyStatus: 'Copy the engine’s status as JSON',
  },
  status: {
    events: { live: 'Events live', waiting: 'Events waiting' },
    log: {
      live: 'Daemon log live',
      waiting: 'Daemon log waiting',
      denied: 'Daemon log: no access',
      none: 'Daemon log: not found',
    },
    drift: 'File changed, not active yet: {keys}',
    activate: 'Bring it into force',
    access: {
      read: 'Read-only',
      readText: 'This session may look at everything and change nothing.',
      write: 'No administrator rights',
      writeText: 'This session cannot change daemon.json or the daemon.',
    },
  },
  banner: {
    lost: {
      title: 'The connection to Porthole’s core is lost',
      text: 'What you see is the last that was known. Porthole keeps trying.',
    },
    refused: {
      title: 'This browser is not logged in',
      text: 'Open the link that porthole serve printed last in its terminal; each link works once.',
    },
    retryIn: 'Trying again in {n} second. | Trying again in {n} seconds.',
    copyCommand: 'Copy the command',
    sandbox: 'Exploring a private sandbox daemon.',
    sandboxText: 'Nothing you do here touches the Docker of this machine.',
  },
  reason: {
    'no-socket': {
      title: 'dockerd does not answer: {endpoint} does not exist',
      text: 'The daemon is not running, or it listens somewhere else.',
    },
    permission: {
      title: 'dockerd is there, but you may not talk to it',
      text: 'Your user is not allowed to open the socket. Members of its group are; that membership is worth root on this machine. After joining, log in again.',
    },
    refused: {
      title: 'dockerd does not answer: nobody listens on {endpoint}',
      text: 'The socket is a leftover of a daemon that has ended. Starting the daemon makes it anew.',
    },
    silent: {
      title: 'dockerd does not answer: {endpoint} accepts and stays silent',
      text: 'The daemon may be starting, shutting down or stuck. Its log tells which.',
    },
    'not-docker': {
      title: 'What answers at {endpoint} is not Docker',
      text: 'Another program listens there. Check the address, or choose another engine above.',
    },
    tls: {
      title: 'No safe connection to {endpoint}',
      text: 'The certificates do not fit. Check ca.pem, cert.pem and key.pem, and the name in the certificate.',
    },
    'too-old': {
      title: 'Porthole and this Docker have no API version in common',
      text: 'One of the two needs an update.',
    },
    'bad-endpoint': {
      title: 'The address {endpoint} cannot be used',
      text: 'Correct the context or DOCKER_HOST, or choose another engine above.',
    },
    network: {
      title: '{endpoint} cannot be reached over the network',
      text: 'Check the host name, the route and the firewall.',
    },
    stopped: {
      title: 'The sandbox daemon has ended',
      text: 'Start Porthole again with the sandbox option for a fresh one.',
    },
  },
}
