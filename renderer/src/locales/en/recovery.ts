import fatal from './recovery-fatal'

/** Texts of the recovery of a daemon that is down, or would not come up again. */
export default {
  ...fatal,
  recovery: {
    card: {
      'broken-file': 'Put daemon.json in order',
      down: 'Bring dockerd back',
      failing: 'Bring dockerd back',
    },
    title: {
      running: 'dockerd runs',
      'broken-file': 'dockerd would not start again with daemon.json as it is',
      down: 'dockerd is down',
      failing: 'dockerd does not come up',
    },
    state: {
      'broken-file':
        'dockerd still runs with what it read before. Put the file in order before its next restart, or the machine’s.',
      failing: '{unit} is started again and again, and ends each time.',
      'given-up': '{unit} ended too often in a row, and the service manager has given up starting it.',
      failed: '{unit} ended with a failure.',
      activating: '{unit} is just starting.',
      stopped: '{unit} is stopped.',
      down: 'No dockerd runs.',
    },
    owner: {
      systemd: '{unit} belongs to systemd, and Porthole may not act for root here. In a terminal:',
      'systemd-user': '{unit} belongs to your user’s systemd. In a terminal:',
      sysv: 'dockerd is started by the script {unit}. In a terminal:',
      snap: 'dockerd belongs to a snap, which starts and stops it. In a terminal:',
      desktop:
        'dockerd belongs to Docker Desktop. Start and stop it there; its daemon.json is edited under Settings, Docker Engine.',
      process: 'Somebody started dockerd by hand, and only they know how. Start it the same way again.',
      none: 'Porthole does not know who starts this dockerd. Start it the way it was started before.',
    },
    lastChange: 'Last change of the file',
    excerpt: 'The file at the fault',
    atFault: 'at fault:',
    see: 'See what helps',
    undo: 'Undo the last change',
    fixKey: 'Fix this key',
    fixFile: 'Fix the file',
    start: 'Start dockerd',
    copyLine: 'Copy the line',
    copyCommand: 'Copy the command',
  },
}
