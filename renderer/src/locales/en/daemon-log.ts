export default {
  daemonLog: {
    list: 'Daemon log',
    line: 'Line of the daemon log',
    column: { time: 'Time', level: 'Level', message: 'Message' },
    threshold: { all: 'All', info: 'Info', warning: 'Warnings', error: 'Errors' },
    search: 'Search the log',
    regex: 'Regular expression',
    badRegex: 'This is not a regular expression: {message}. All lines are shown.',
    errors: '{n} error | {n} errors',
    previousError: 'Previous error',
    nextError: 'Next error',
    follow: 'Follow',
    waiting: 'quiet',
    explained: 'Known message',
    raw: 'As it was written',
    copyRaw: 'Copy the line',
    source: 'source',
    sourceChanged: 'From here on the log comes from {source}: the daemon was started in another way.',
    debugOff:
      'Debug mode is off, so dockerd writes only what is out of the ordinary. Turn it on to see every request.',
    from: {
      journal: 'from the journal, {name}',
      'user-journal': 'from your user’s journal, {name}',
      file: 'from {name}',
      sandbox: 'from the sandbox daemon, {name}',
    },
    denied: {
      title: 'You may not read the daemon’s log',
      text: 'Reading the system journal needs root or the group systemd-journal. Join it and log in again.',
    },
    none: {
      title: 'The daemon’s log was not found',
      text: 'dockerd writes to its standard error; where that goes depends on who started it. Name a file with the daemon-log option.',
    },
    looked: 'Where Porthole looked',
    found: {
      used: 'in use',
      absent: 'not there',
      denied: 'no access',
      empty: 'empty',
      other: 'of another daemon',
    },
    emptyTitle: 'Quiet so far',
    emptyText: 'The source is open and dockerd has written nothing. Lines appear here as they come.',
  },
  known: {
    reloadSignal:
      'dockerd received SIGHUP and reads daemon.json again. Containers are not touched. Whether it took the file is told by the reload event, not by this line.',
    reloaded:
      'dockerd lists the configuration it runs on now. Since 23.0 this line comes even when applying failed, so it is no proof: the reload event is.',
    reloadFailed:
      'dockerd could not take the new configuration and goes on with the old one. The message names the key; correct it before the next start.',
    reset:
      'Limits that the file does not set go back to their defaults at every reload, even when a flag had set them.',
    startingUp: 'dockerd has begun to start.',
    ready: 'Start is complete: from here on the daemon answers requests.',
    apiListen:
      'The API accepts requests on this address. Whoever may open it is as good as root on this machine.',
    handlerError:
      'A client’s request failed, and this is the answer it got. Wrong names and the like are the client’s affair; 5xx are the daemon’s.',
    ping: 'A client asks whether the daemon is there and which API it speaks. The docker command does so before almost everything.',
    request:
      'A request of a client, written when it begins. dockerd writes no line when it ends, and not who asked.',
    formData:
      'The body of the request above. Environment variables may hold secrets; Porthole masks what looks like one.',
    routes: 'At its start the daemon lists each address of its API. Harmless, and only in debug mode.',
    containerdStart: 'dockerd starts its own containerd, the program that keeps containers running.',
    containerdDial:
      'dockerd connects to containerd. A few failed attempts during the start are usual; many in a row mean that containerd does not come up.',
    shimStart:
      'A shim begins its work: one small process beside each container that holds its input and output and outlives a restart of dockerd.',
    shimEnd: 'The container’s process has ended, and its shim goes too.',
    taskEvent: 'containerd tells what happened to a container’s process; dockerd makes its own events of it.',
    ignoredEvent: 'A message of containerd that this daemon has no use for. Harmless.',
    bundle: 'The folder with everything the runtime needs to start the container is ready.',
    mounted: 'The layers of the image and the container’s own are put together to its file system.',
    loading: 'At its start the daemon takes up the containers it knows from before.',
    storage: 'The daemon tells which storage driver and log settings it found.',
    signal:
      'The daemon was told to end and shuts down in order; containers are stopped unless live-restore is on.',
    stopHealth: 'The container’s health check is over, because the container stops.',
    firewall: 'The daemon works on the firewall rules that networks and published ports need.',
  },
}
