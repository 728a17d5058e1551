/** "How it works", a page each. Braces are this machine's own values. */
export default {
  open: 'How it works',
  unknown: 'unknown',
  noFlags: 'no flags',
  noUnit: 'no systemd unit',
  noDrift: 'nothing',
  noRequest: 'none yet',
  switch: { on: 'on', off: 'off' },
  overview: {
    title: 'What dockerd is',
    daemon: {
      title: 'A program in the background',
      text: 'Docker is not the command you type. It is a daemon, dockerd, that runs all the time; here it is process {pid}, version {version}, and holds {memory} of memory. It knows your images, networks and volumes, keeps its records below {dataRoot}, and stores image layers with the driver {driver}. The docker command only asks it for things, and Porthole does the same.',
    },
    api: {
      title: 'Why there is an API in between',
      text: 'Client and daemon meet at {socket}, and over it they speak plain HTTP. A request such as “list the containers” names the API version in its path; this daemon speaks up to {api} and accepts clients down to {minApi}, which is why old and new tools can share one daemon. The daemon acts with the rights of root, so whoever may open that socket can do anything on this machine: mount the disk into a container, and it is theirs. Membership of the socket’s group is therefore no small favour.',
    },
    road: {
      title: 'From a request to a process',
      text: 'dockerd does not start containers with its own hands. It prepares the file system and the network, then asks containerd, here process {containerd}, to run the task. containerd starts a shim for the container, the shim calls {runtime}, and that sets up namespaces and limits, starts your program, and leaves. What stays is the shim, one for each container that runs or is paused: {shims} now. It holds the container’s input and output, which is why a restart of the daemon need not end your containers.',
    },
    well: {
      title: 'What “well” means here',
      text: 'Porthole asks the daemon for a sign of life and listens to its events. CPU and memory are those of process {pid} alone, not of your containers. Goroutines are its threads of work: a number that only ever climbs is a leak, as is one of descriptors.',
    },
  },
  flow: {
    title: 'From a request to an action',
    client: {
      title: 'One: somebody asks',
      text: 'A client, the docker command or a program, connects to {socket} and sends plain HTTP: a method, a path, perhaps a body. The last one here that Porthole did not send itself was {request}, from {caller}. Before nearly every command docker sends a ping, HEAD /_ping, to learn which version it may speak.',
    },
    dockerd: {
      title: 'Two: dockerd decides',
      text: 'Process {pid}, version {version}, finds the route of the path, asks authorization plugins where there are any, and calls the code behind it. Most questions end here: lists, details, logs and events are answered from what dockerd knows. The answer goes back the way the question came.',
    },
    containerd: {
      title: 'Three: containerd keeps the task',
      text: 'To start, stop or look into a container dockerd needs containerd, here process {containerd}, and speaks to it by gRPC on a socket of its own. containerd knows which containers have a task, and starts a shim for a new one.',
    },
    process: {
      title: 'Four: a process appears',
      text: 'The shim calls {runtime}, which builds namespaces and limits, becomes your program’s parent for a moment, and leaves. The shim stays, one for each container: {shims} now. Word of what happened comes back the same road, and dockerd makes an event of it.',
    },
    seen: {
      title: 'What can be seen of that',
      text: 'dockerd keeps no list of its requests. With debug on it writes a line when one begins, and none at its end. A tap, a socket in between, sees both and the bytes as well, of the clients that use it. Traces, from version 25 on, tell of each hop; dockerd sends them only when its environment says where to, which takes a restart.',
    },
    recorded: {
      title: 'A minute to keep',
      text: 'Record 60 s writes all of this into one file: requests, events, log lines, and processes that come and go. dockerd reads its file anew on SIGHUP, and debug is one of the options it takes up without a restart; so the file says debug for a moment, dockerd confirms it with a reload event, and the file is put back byte for byte. Another process than this window switches debug off again.',
    },
  },
  configuration: {
    title: 'Flags and daemon.json',
    two: {
      title: 'Two places, one set of options',
      text: 'dockerd is set up in two ways: by flags on its command line and by a file. Here it was started with {flags}, by {unit}, and its file is {config}. The names are mostly the same in both, but a flag that may be given several times is singular on the command line and plural in the file: a mirror is registry-mirror there and registry-mirrors here. The singular in the file passes dockerd’s check and does nothing, so Porthole warns of it.',
    },
    start: {
      title: 'The same key twice is fatal',
      text: 'A key that stands in the file and on the command line keeps dockerd from starting, even when both say the same. Many a machine was lost that way through hosts, because packaged units pass that option as a flag. Porthole compares the file with the real command line of process {pid} before it writes anything.',
    },
    reload: {
      title: 'Live, or at the next start',
      text: 'With a reload the daemon reads the file again without stopping: it gets the signal SIGHUP, and containers notice nothing. Only some keys listen, debug among them. All the others keep their old value without a word until dockerd starts again, and the window marks such a key as not active yet. Removing a live key does not undo it either; to turn debug off, write false.',
    },
    effects: {
      title: 'Who feels a change',
      text: 'A log driver reaches containers made afterwards, an address pool new networks. Another storage driver hides what lies below {dataRoot}. A restart stops the {running} containers that run now, unless live-restore keeps them; here it is {liveRestore}. In the file, but not active yet: {drift}.',
    },
    proof: {
      title: 'How a change is made safe',
      text: 'The text is checked against what version {version} knows, and by dockerd itself where it can. Then comes a dated backup, and the new file takes the place of the old one in a single step, so that no reader ever sees half of it. After the signal Porthole waits for the daemon’s reload event. The log is no proof: newer daemons write “Reloaded configuration” after a failure as well. No event in time, and the previous file comes back.',
    },
  },
  events: {
    title: 'What an event is',
    what: {
      title: 'The daemon tells what it did',
      text: 'Whenever dockerd has changed something, it says so to everyone who listens: a container was created, started or died, an image was tagged, a network connected. Each event has a type, an action, the object it happened to, and attributes; for containers these are the image, the name, all labels, and extras such as the exit code. Porthole keeps one such listener open on {socket} for this window. Reading is silent: listing or inspecting leaves no trace here.',
    },
    order: {
      title: 'One command, several events',
      text: 'A single docker run is several events: create, a network connect, perhaps the mount of a volume, then start. With a short command, die follows, and destroy when the container was to be removed. The order at the end differs between versions; on {version}, too, only the time in nanoseconds is to be trusted. Exit code 137 in a die means that the process was killed, often for want of memory, and then an oom stands near it.',
    },
    memory: {
      title: 'How far back it goes',
      text: 'The daemon remembers its last 256 events and forgets them when it ends. Porthole keeps more while it runs. When the link to the daemon was cut, it asks for everything since, leaves out what it has already seen, and marks the place: if more than 256 happened meanwhile, the rest is gone for everyone.',
    },
    health: {
      title: 'The noise of health checks',
      text: 'A container with a health check runs a command in itself every few seconds, and each run makes three events: exec_create, exec_start, exec_die. With a dozen such containers little else can be seen, hence the switch. An event of the type daemon is about dockerd itself, engine {engineId}: its reload is the proof that a new configuration is in force, and carries the values.',
    },
  },
  'daemon-log': {
    title: 'What the daemon log says',
    where: {
      title: 'Where it goes',
      text: 'dockerd writes its log to its standard error and leaves the rest to whoever started it. Under systemd it ends in the journal of the unit; here it is {source}, run by {unit}. These are the daemon’s own lines, not the output of your containers. A containerd that runs as its own service has its own journal; one that dockerd started, as process {containerd}, writes in between.',
    },
    levels: {
      title: 'Levels',
      text: 'Each line has a level, from debug over info and warning to error and fatal. The level in the line is the true one; the journal’s own priority is always the same, because standard error knows none. Now the daemon writes from {level} upwards. Fatal is the last line before process {pid} would end, and worth reading first when a daemon does not start.',
    },
    debug: {
      title: 'What debug adds',
      text: 'With debug on, each request to {socket} leaves a line when it begins, with method and path: “Calling GET” on older daemons, “handling GET request” from 28 on. You can watch a docker run step by step: create, the file system being mounted, start, the network, containerd’s word that the task runs. There is no line at the end, no duration, and no name of whoever asked. Bodies of small requests are written as well; they may hold environment variables, so Porthole masks what looks like a secret. A health check or a monitor makes many lines; turn debug off when you have seen enough.',
    },
    reload: {
      title: 'Without a restart',
      text: 'Debug is the one way to change the log’s detail while the daemon runs: the key goes into {config}, and a reload makes it live. The option log-level waits for the next start. Turned off again, version {version} goes back to info, whatever log-level says.',
    },
  },
  storage: {
    title: 'Where the disk goes',
    driver: {
      title: 'What a storage driver is',
      text: 'An image is a pile of layers: each holds the files that one instruction added, changed or removed. A storage driver, here {driver}, makes one file system of such a pile. The layers below are only read, and shared by all who stand on them; the one on top is the container’s own. The largest layer here lies at {layer}; {layerImages} images stand on it, and it takes its room once. Which layers belong to an image is written down in {store}.',
    },
    written: {
      title: 'What a container writes',
      text: 'A file of the image that a container changes is first copied up, whole, into the container’s own layer, and changed there. For {container} that is {containerPath}; it goes when the container is removed. A volume has no layers. {volume} lies at {volumePath} and stays until somebody removes it. Output goes to a log file, which nothing bounds unless log-opts do; the largest here is {log} with {logSize}.',
    },
    truth: {
      title: 'Why two figures differ',
      text: 'docker system df asks the engine, and the engine counts what it knows: images, containers, volumes, build cache (here {cache}). It leaves out log files, halves of broken pulls, images of another driver, and folders nothing refers to any more (here {orphans}). It adds up lengths where the disk gives whole blocks: a small file takes more than its length, one with holes less. Porthole walks {dataRoot} once, counts blocks, and a file with several names once.',
    },
    cleanup: {
      title: 'What becomes free',
      text: 'Removing an image frees the layers that no other image, container or cache record stands on, which may be none. That is why the preview works it out for the whole list, and stops when something is not as it was shown. Orphans are only moved aside.',
    },
  },
  files: {
    title: 'How Docker lays out its files',
    root: {
      title: 'One folder for everything',
      text: 'Everything this dockerd keeps lies below {dataRoot}; here that is {folders}. Only root may look in. Nothing there is meant to be changed by hand: dockerd holds part of it in memory, and would not notice or would not start. With containerd’s own image store the images lie in containerd’s root instead ({elsewhere}).',
    },
    image: {
      title: 'From a name to files',
      text: 'A tag stands in repositories.json beside an image’s id. The id is the SHA-256 of the image’s configuration, a file in imagedb. That lists the layers by the hashes of their contents, diffIDs. Each layer and all below it hash to one chainID, which names a folder in layerdb; the file cache-id in there names a folder of the storage driver {driver}, such as {exampleLayer}, and in its diff lie the files. Porthole goes this road backwards to say whom a folder belongs to.',
    },
    container: {
      title: 'A container has two places',
      text: 'Its configuration, log and the files mounted over /etc/hosts and the like are in a folder of its id below containers, such as {exampleContainer}. The files it changed are in the storage driver’s own folder, which layerdb/mounts leads to. While it runs, merged in there shows all layers as the container sees them; a tool that walks into merged counts everything twice, and Porthole does not.',
    },
    apart: {
      title: 'What stands apart',
      text: 'Volumes are plain folders, such as {exampleVolume}. buildkit holds the builder’s records, network the addresses, plugins, swarm and runtimes what their names say. tmp is empty unless something is under way. A folder of another driver is left from before: dockerd {version} does not touch it, and does not count it.',
    },
  },
  images: {
    title: 'What an image is',
    layer: {
      title: 'A stack of changes',
      text: 'An image is a stack of layers and a configuration. A layer is a tar: the files that one instruction of a Dockerfile brought or replaced, and marks for those it removed. Once made, it never changes. This engine has {images}. {name} stands on {layers}; the lowest was made by {lowest}, the topmost by {topmost}. Instructions such as ENV and CMD make no layer and only write into the configuration.',
    },
    names: {
      title: 'Two names of a layer',
      text: 'The hash of a layer’s tar, not compressed, is its diffID. The hash of itself together with everything below is its chainID; that of the topmost layer here is {chainId}. Images that begin with the same layers have the same chainIDs there, so dockerd keeps those files once. The image’s own id is the hash of its configuration or, in containerd’s image store, of its manifest.',
    },
    stacked: {
      title: 'How the driver stacks them',
      text: 'The storage driver {driver} has a folder for each layer, such as {directory}. For a container the kernel joins them in one overlay mount: the image’s layers as lower directories, an upper directory of the container’s own, and one called work for what is just being moved. Reading goes from the top down and takes what it finds first. Writing copies a file up whole before the first byte changes. A removed file leaves a device 0:0 in the upper directory, which hides what lies below; a folder marked opaque hides all of its past.',
    },
    shared: {
      title: 'Who else stands on them',
      text: 'Who else stands on those layers: {others}. Removing an image frees only what nobody else stands on, and none of it while a container such as {container} needs it.',
    },
    waste: {
      title: 'Removed is not gone',
      text: 'A layer cannot take anything out of one below. What a later instruction removes or replaces still lies in the image, travels with each push, and can be read by whoever has it, keys and tokens too. Those bytes are called wasted here. Make and remove a file in the same instruction, or let the last stage of a build copy only what is needed, and they are gone.',
    },
  },
  runtime: {
    title: 'What runs a container',
    containerd: {
      title: 'containerd keeps them',
      text: 'dockerd knows names, images and networks. Keeping processes alive is the work of containerd, here process {containerd}, {relation}. dockerd speaks to it over {address} and stays in the namespace {namespace} there: other tools may use the same containerd in namespaces of their own, and neither sees what the other has.',
    },
    shim: {
      title: 'A shim stands beside each container',
      text: 'For every container that runs, containerd starts a shim and lets go of it: its parent is process 1. The container {container} has the shim {exampleShim}. The shim holds the container’s input and output, collects its exit code, and is the parent of its first process, {exampleInit}. So containerd and dockerd may end and come back while {exampleCommand} goes on. All shims now: {shims}.',
    },
    runc: {
      title: 'The runtime comes and goes',
      text: 'The shim does not make the container either. It calls a low-level runtime, here {exampleRuntime}, with a folder called a bundle: {bundle}. The file config.json in it names the program, the mounts, the namespaces and the limits. The runtime has the kernel set all that up, starts the program and ends, within a tenth of a second, which is why you do not find it in the tree. A container keeps the runtime it was made with; the default, {defaultRuntime}, is for those to come.',
    },
    cgroup: {
      title: 'Limits are the kernel’s',
      text: 'A limit such as --memory is a number in a file of the container’s control group, {cgroup}. The kernel counts and enforces it; Docker only wrote it there. Pressure, where the kernel measures it, says how much of the time the container’s tasks had to wait for CPU, memory or disk: a full CPU without pressure is busy, one with pressure is too small.',
    },
    inside: {
      title: 'What dockerd does inside',
      text: 'dockerd is one Go program; each request, container and listener is a goroutine of it. When it hangs, many of them wait for the same lock, and a dump of their stacks shows who holds it. dockerd tells them at /debug/pprof of its socket whether debug is on or not; of one that does not answer they are had by SIGUSR1, for which it writes a file below its exec-root and goes on.',
    },
  },
}
