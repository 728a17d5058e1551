import type { OptionText } from './text'

/** Help in English, by key; members of `builder` by their path. */
export const TEXTS: Readonly<Record<string, OptionText>> = {
  // logging
  debug: {
    help: 'Makes dockerd tell about each request and step it takes; the one way to get more from its log without a restart. To turn it off write false: a removed key changes nothing until the next start.',
  },
  'log-level': {
    help: 'The least important kind of line that dockerd still writes to its own log. Read at start only; for a look at the moment use debug.',
    allowed: 'one of the levels, in upper or lower case',
  },
  'log-format': {
    help: "Shape of dockerd's own lines: text for people, json for a collector of logs. Output of containers is not affected.",
  },
  'raw-logs': {
    help: "Writes full timestamps and no colours into dockerd's own log even when it runs in a terminal.",
  },

  // container-logging
  'log-driver': {
    help: 'Where the output of new containers goes. Containers that exist keep the driver they were made with, until they are made anew. json-file keeps everything for ever unless log-opts set a limit; local rotates by itself.',
    allowed: 'a driver of the engine or the name of a log plugin',
  },
  'log-opts': {
    help: 'Settings of the log driver for new containers, most of all how large a file may get and how many are kept. Every value is a text, numbers too ("3"). A name the driver does not know stops dockerd from starting.',
    allowed: 'names of the driver in use, each with a text',
  },

  // registry
  'registry-mirrors': {
    help: 'Servers that are asked before Docker Hub, in this order. They stand in for Docker Hub only, not for other registries. An empty text in the list is enough to stop the engine.',
    allowed: 'http:// or https:// addresses without a query',
  },
  'insecure-registries': {
    help: 'Registries that may be spoken to without TLS, or with a certificate nobody checks. Whoever sits in between can hand you any image, so keep the list to networks you trust. This machine itself is always included.',
    allowed: 'host, host:port or a network such as 10.0.0.0/8',
  },
  proxies: {
    help: 'Proxy that dockerd itself uses to reach registries. Containers and builds do not inherit it. It goes before the variables HTTP_PROXY and their like.',
    default: 'the variables HTTP_PROXY, HTTPS_PROXY and NO_PROXY of dockerd',
  },
  'http-proxy': {
    help: 'Proxy for registries that are reached by plain HTTP. It counts only inside proxies. A password in it is readable for everyone who may read the file.',
    default: 'the variable HTTP_PROXY of dockerd',
    allowed: 'an address such as http://proxy:3128',
  },
  'https-proxy': {
    help: 'Proxy for registries that are reached by HTTPS, which is nearly all of them. It counts only inside proxies. The address of the proxy itself usually begins with http://.',
    default: 'the variable HTTPS_PROXY of dockerd',
    allowed: 'an address such as http://proxy:3128',
  },
  'no-proxy': {
    help: 'Hosts that are reached directly: names, domains with a leading dot, addresses and networks, separated by commas. It counts only inside proxies. Put your own registries here.',
    default: 'the variable NO_PROXY of dockerd',
    allowed: 'a list separated by commas',
  },
  'max-concurrent-downloads': {
    help: 'How many layers one pull fetches at once. Fewer help a slow line, more a fast registry. Any reload without this key goes back to 3, even where a flag set it.',
    allowed: 'a whole number; 0 means the default',
  },
  'max-concurrent-uploads': {
    help: 'How many layers one push sends at once. Any reload without this key goes back to 5, even where a flag set it.',
    allowed: 'a whole number; 0 means the default',
  },
  'max-download-attempts': {
    help: 'How often a layer is tried before a pull gives up; worth raising on a line that drops. Any reload without this key goes back to 5, even where a flag set it.',
    allowed: 'a whole number; 0 means the default',
  },

  // network
  'default-address-pools': {
    help: 'Ranges that new networks take their subnets from: each pool is cut into pieces of its size. Set it where the ranges of Docker collide with your office network or VPN. Networks that exist keep their addresses.',
    default: '172.17.0.0/16 to 172.31.0.0/16 and pieces of 192.168.0.0/16',
    allowed: 'pools with a base network and a size between its prefix and 32',
  },
  'default-network-opts': {
    help: 'Driver options that a new network gets when it is made without them, by driver. The usual one is the MTU of bridge networks. The bridge docker0 is not among them: it has options of its own.',
    allowed: 'driver, then option and text',
  },
  bip: {
    help: 'Address and size of docker0, the network of containers that name no other. Choose it outside every network this machine has to reach. Not together with bridge.',
    default: 'the first free pool, mostly 172.17.0.1/16',
    allowed: 'address of the bridge with its prefix, such as 172.26.0.1/16',
  },
  bip6: {
    help: 'IPv6 address and size of docker0. It counts once ipv6 is on.',
    allowed: 'IPv6 address with its prefix',
  },
  'fixed-cidr': {
    help: 'Part of the network of docker0 that containers get their addresses from; the rest stays free for machines of your own. It has to lie within bip.',
    allowed: 'an IPv4 network such as 172.26.128.0/17',
  },
  'fixed-cidr-v6': {
    help: 'IPv6 range that containers on docker0 get their addresses from. Engines before 27 need it as soon as ipv6 is on.',
    allowed: 'an IPv6 network such as fd00:26::/64',
  },
  ipv6: {
    help: 'Gives containers on docker0 IPv6 addresses besides their IPv4 ones. Networks of your own have a switch of their own when they are made.',
  },
  mtu: {
    help: 'Largest packet on docker0; lower it inside a VPN or a cloud network where large downloads hang. Other networks take it from default-network-opts.',
    allowed: 'a whole number from 0 on',
  },
  dns: {
    help: 'Name servers for containers in place of those of the host. Worth setting where the host asks a server on its own loopback address, which containers cannot reach.',
    default: 'those of the host',
    allowed: 'IP addresses',
  },
  'dns-search': {
    help: 'Domains that are appended to short names inside containers.',
    default: 'those of the host',
    allowed: 'domain names',
  },
  'dns-opts': {
    help: 'Options of the resolver inside containers, as they stand in resolv.conf, for example ndots.',
    default: 'those of the host',
    allowed: 'options of resolv.conf',
  },
  iptables: {
    help: 'Lets dockerd write the firewall rules that publishing of ports, isolation and masquerading need. Without them most networks stop working: turn it off only where you write these rules yourself.',
  },
  ip6tables: {
    help: 'The same for IPv6. Without it, published ports of IPv6 containers are neither filtered nor translated. Up to Docker 26 it is off and counts as experimental.',
  },
  'firewall-backend': {
    help: 'Which firewall dockerd writes its rules for. Rules of your own in the chain DOCKER-USER are not carried over to nftables, and swarm does not work with it by default.',
    default: 'iptables',
  },
  ip: {
    help: 'Address of the host that ports are published on when a container names none. With 127.0.0.1 nothing is reachable from outside by accident. Counts for docker0 only.',
    allowed: 'an IP address of this machine',
  },
  icc: {
    help: 'Whether containers on docker0 may talk to each other. Off is safer; it needs iptables, and containers of one network of your own are not affected.',
  },
  'ip-forward': {
    help: 'Turns on forwarding of packets in the kernel when dockerd starts. Without forwarding no container reaches anything beyond this machine.',
  },
  'ip-forward-no-drop': {
    help: 'When dockerd has to turn forwarding on, it also lets the firewall drop foreign packets. This leaves the policy of the FORWARD chain alone, for a machine that is also a router.',
  },
  'ip-masq': {
    help: 'Hides containers of docker0 behind the address of the host when they go out. Turn it off only where your network knows the way back to them.',
  },
  'userland-proxy': {
    help: 'Starts one small process for each published port, for connections from this machine itself. Off saves memory with many ports; kernel rules do the work then.',
  },
  'userland-proxy-path': {
    help: 'Where the program docker-proxy lies when it is not in the usual place. From Docker 26 on a path that does not exist stops the engine.',
    default: 'found in the usual places',
    allowed: 'absolute path of a program',
  },
  'allow-direct-routing': {
    help: 'Lets other machines reach published ports at the address of the container itself. Since 28 such packets are dropped otherwise.',
  },
  'bridge-accept-fwmark': {
    help: 'Packets that carry this firewall mark may enter bridge networks from outside; for setups where another program sorts the traffic.',
    allowed: 'a mark or mark/mask, decimal or 0x…',
  },
  bridge: {
    help: 'A bridge you have made yourself, to be used in place of docker0; it has to exist before dockerd starts. none does away with the default network. Not together with bip.',
    allowed: 'name of a bridge, or none',
  },
  'default-gateway': {
    help: 'Way out for containers on docker0, where it is not the bridge itself.',
    default: 'the address of the bridge',
    allowed: 'an IPv4 address within the network of docker0',
  },
  'default-gateway-v6': {
    help: 'IPv6 way out for containers on docker0, where it is not the bridge itself.',
    default: 'the address of the bridge',
    allowed: 'an IPv6 address within the network of docker0',
  },
  'host-gateway-ips': {
    help: 'Addresses that the word host-gateway stands for in --add-host, so that containers find the host under a name. At most one of each family.',
    default: 'the address of the default bridge',
    allowed: 'one IPv4 address, one IPv6 address, or both',
  },
  'host-gateway-ip': {
    help: 'The older form of host-gateway-ips with a single address. Newer engines still read it, but refuse both at once.',
    default: 'the address of the default bridge',
    allowed: 'an IP address',
  },
  'network-control-plane-mtu': {
    help: 'Largest packet of the messages that swarm nodes exchange about networks. Lower it where these nodes see each other through a VPN.',
    allowed: 'a whole number; less than 500 counts as 500',
  },
  'network-diagnostic-port': {
    help: 'Opens a server without any protection that shows and changes the inner state of overlay networks. For a search for faults, and to be closed at once: a reload without the key closes it.',
    allowed: 'a port; 0 is off',
  },

  // storage
  'data-root': {
    help: 'Folder of everything that lasts: images, containers, volumes, networks. Nothing is moved: with another folder the engine starts empty and the old data waits on disk. Images of a separate containerd lie elsewhere and are not affected.',
    allowed: 'absolute path',
  },
  'storage-driver': {
    help: 'How layers are kept on disk. Each driver sees only what it has made itself: after a change images and containers are gone from view and still take up space. Leave it out unless you have a reason.',
    default: 'the best this machine can, mostly overlay2, or overlayfs with the containerd image store',
    allowed: 'a storage driver, or a snapshotter with the containerd image store',
  },
  'storage-opts': {
    help: 'Settings of the storage driver, for example a size limit for each container. An option the driver does not know stops dockerd from starting; overlay2.size needs xfs with project quotas.',
    allowed: 'name=value of the driver in use',
  },
  'exec-root': {
    help: 'Folder of what lives only while the engine runs: sockets and the state of running containers. To be changed for a second dockerd on the same machine, hardly ever else.',
    allowed: 'absolute path, best below /run',
  },

  // builder
  builder: {
    help: 'Settings of BuildKit inside the engine, most of all how much build cache is kept. A misspelt name in here is passed over without a word.',
    allowed: 'gc, entitlements and history',
  },
  'builder.gc.enabled': {
    help: 'Whether old build cache is cleared by itself. Without it the cache grows until you prune it.',
  },
  'builder.gc.defaultReservedSpace': {
    help: 'This much build cache is never cleared away. Takes the place of defaultKeepStorage.',
    default: 'a tenth of the disk',
    allowed: 'a size such as 20GB, or a share such as 10%',
  },
  'builder.gc.defaultMaxUsedSpace': {
    help: 'Build cache beyond this size is cleared, the oldest first.',
    allowed: 'a size such as 50GB, or a share of the disk',
  },
  'builder.gc.defaultMinFreeSpace': {
    help: 'Build cache is cleared until the disk has this much free, but not below what is reserved.',
    allowed: 'a size such as 20GB, or a share of the disk',
  },
  'builder.gc.defaultKeepStorage': {
    help: 'Older name of defaultReservedSpace, and the only one before 28.0. Newer engines still read it.',
    default: 'a tenth of the disk',
    allowed: 'a size such as 20GB',
  },
  'builder.gc.policy': {
    help: 'Rules of your own for clearing build cache, tried from top to bottom; they replace the sizes above. A rule without a filter should stand last. keepDuration, as some guides show it, is ignored: use the filter unused-for.',
    allowed: 'rules with filter, all and sizes',
  },
  'builder.entitlements': {
    help: 'Which extra rights a build may ask for. security-insecure gives a build nearly all rights on this machine.',
    default: 'builds may use the network of the host',
    allowed: 'name of a right and true or false',
  },
  'builder.history': {
    help: 'How long and how many records of past builds are kept; Docker Desktop and buildx show them.',
    default: 'limits of BuildKit',
    allowed: 'maxAge as a duration or a number, maxEntries as a number',
  },

  // runtimes
  'default-runtime': {
    help: 'Program that runs containers which ask for none. It has to be runc or stand in runtimes; an unknown name is refused on reload and stops the next start. Containers that exist keep theirs.',
    allowed: 'runc, a name from runtimes, or from 23.0 on a containerd runtime',
  },
  runtimes: {
    help: 'More programs that can run containers, such as crun, gVisor or Kata, by the name you call them by. Give a path or a runtimeType, never both. A path that does not exist is noticed only when a container is started.',
    allowed: 'name, then path with runtimeArgs, or runtimeType with options; not runc',
  },
  'exec-opts': {
    help: 'How containers are set up; on Linux this is who manages their control groups. With systemd as init, systemd is the right choice and the default on cgroup v2.',
    default: 'systemd with cgroup v2 and systemd as init, else cgroupfs',
    allowed: 'native.cgroupdriver=systemd or native.cgroupdriver=cgroupfs',
  },
  'cdi-spec-dirs': {
    help: 'Folders with descriptions of devices (CDI), such as graphics cards, that --device can name. Before 28.2 they are read only with the feature cdi.',
    allowed: 'folders; a list with one empty text turns it off',
  },
  'nri-opts': {
    help: 'Plugins of the Node Resource Interface, which may change containers as they are made. Experimental. Unlike elsewhere, an unknown name in here is refused.',
    allowed: 'enable and the paths of plugins, their settings and the socket',
  },

  // container-defaults
  'default-shm-size': {
    help: 'Size of /dev/shm in new containers. Databases, browsers and machine learning often need more than 64 MB. It has to be a text: a bare number is refused.',
    allowed: 'a size as a text, such as "256M"',
  },
  'default-ulimits': {
    help: 'Limits of processes in new containers, for example how many files they may open. Soft is what holds at first, Hard how far a process may raise it.',
    default: 'those dockerd was started with',
    allowed: 'name, then Name, Soft and Hard',
  },
  'default-stop-timeout': {
    help: 'Seconds between the polite signal and the kill when a container is stopped that names no time of its own. 0 kills at once.',
    allowed: 'seconds from 0 on',
  },
  init: {
    help: 'Puts a tiny init in front of the program of each container, so that it gets signals and leaves no zombies behind. A container may still choose for itself.',
  },
  'init-path': {
    help: 'The program that init puts in front. If it is missing, dockerd starts and containers with an init do not.',
    default: 'docker-init, found in the usual places',
    allowed: 'path of a program',
  },
  'default-ipc-mode': {
    help: 'Whether other containers may join the shared memory of a new container. private keeps it to itself.',
  },
  'default-cgroupns-mode': {
    help: 'Whether new containers see only their own branch of the control groups (private) or that of the whole host. Some monitoring agents need host.',
    default: 'private with cgroup v2, host with v1',
  },
  'cgroup-parent': {
    help: 'Control group that all containers are put below, so that limits for all of them together can be set there. With the systemd driver it has to be a slice.',
    default: '/docker, or system.slice with the systemd driver',
    allowed: 'path of a control group, or name of a slice',
  },
  'cpu-rt-period': {
    help: 'Period in which realtime tasks of all containers together get their share of the processor. Works with cgroup v1 and a kernel built for it only.',
    allowed: 'microseconds; 0 leaves it alone',
  },
  'cpu-rt-runtime': {
    help: 'Time of each period that realtime tasks of all containers together may use. Works with cgroup v1 and a kernel built for it only.',
    allowed: 'microseconds; 0 leaves it alone',
  },

  // security
  'no-new-privileges': {
    help: 'Programs in new containers can gain no rights they were not started with, so that sudo and setuid files have no effect there. A container may choose otherwise.',
  },
  'userns-remap': {
    help: 'Root inside a container becomes an ordinary user outside. All data of the engine then lives in a folder of its own: images and containers made before disappear from view and stay on disk. From 29 on it rules out the containerd image store.',
    allowed: 'default, a user, user:group, or numbers of them',
  },
  'seccomp-profile': {
    help: 'Which system calls containers may use. unconfined allows all of them; a file of your own has to exist or the engine does not start.',
    allowed: 'builtin, unconfined or the path of a profile',
  },
  'selinux-enabled': {
    help: 'Labels containers for SELinux, so that one cannot touch the files of another. Only on a host where SELinux is on; mounted folders then need :z or :Z.',
  },
  rootless: {
    help: 'Tells dockerd that it runs without root. The start script of the rootless installation sets it; writing it by hand does not make an engine rootless.',
    default: 'true when started through RootlessKit',
  },

  // api
  hosts: {
    help: 'Addresses the API listens on. Most packages pass -H fd:// on the command line, and with both the engine does not start. A tcp address without TLS gives root on this machine to everyone who can reach it.',
    default: 'unix:///var/run/docker.sock',
    allowed: 'unix://PATH, tcp://HOST:PORT or fd://',
  },
  group: {
    help: 'Group that may use the socket; its members are as good as root. With socket activation (fd://) the socket unit decides and this has no effect.',
    allowed: 'name or number of a group',
  },
  tls: {
    help: 'Encrypts tcp addresses of the API. Clients are not checked: for that, use tlsverify.',
  },
  tlsverify: {
    help: 'Lets in only clients with a certificate of your authority on tcp addresses. The key turns TLS on by merely being there, even as false.',
    default: 'true when the variable DOCKER_TLS_VERIFY is set, else false',
  },
  tlscacert: {
    help: 'Authority whose certificates clients of the API have to show. Only read together with tlsverify.',
    default: 'ca.pem in the folder .docker of the user, or in DOCKER_CERT_PATH',
    allowed: 'path of a PEM file',
  },
  tlscert: {
    help: 'Certificate that the API shows to its clients. If the file is missing while TLS is on, the engine does not start.',
    default: 'cert.pem in the folder .docker of the user, or in DOCKER_CERT_PATH',
    allowed: 'path of a PEM file',
  },
  tlskey: {
    help: 'Private key of that certificate. Only root should be able to read it.',
    default: 'key.pem in the folder .docker of the user, or in DOCKER_CERT_PATH',
    allowed: 'path of a PEM file',
  },
  'authorization-plugins': {
    help: 'Plugins that are asked about each request, one after another. If one of them is not there, a reload ends dockerd after about 15 seconds, so make sure that it runs first. A reload without the key clears the list.',
    allowed: 'names of installed plugins',
  },
  'min-api-version': {
    help: 'Oldest version of the API that clients may speak. Lower it for the sake of an old client that is refused as too old.',
    allowed: 'a version such as 1.41, from 1.24 up to that of the engine',
  },

  // monitoring
  'metrics-addr': {
    help: 'Where Prometheus finds figures about the engine, at /metrics. Nothing protects it: keep to 127.0.0.1 or a network you trust. A taken port stops the start.',
    default: 'off',
    allowed: 'host:port; 9323 is customary',
  },

  // general
  'live-restore': {
    help: 'Containers go on running while dockerd is stopped, restarted or updated. Published ports keep working, the API does not, and a container that writes much output may stall until it is back. Not possible in a swarm.',
  },
  'shutdown-timeout': {
    help: 'How long dockerd waits for its containers when it is stopped, before it kills them. Give databases enough.',
    allowed: 'seconds; -1 waits for ever',
  },
  labels: {
    help: 'Marks of this engine that docker info shows and tools can select by. To clear them write an empty list: a removed key stays in force until the next start.',
    allowed: 'name=value, each name once',
  },
  features: {
    help: 'Switches for single abilities of the engine. Only buildkit takes effect on reload; the others are read at start. containerd-snapshotter changes where images live: those of the other store disappear from view.',
    default: 'none set; from 29.0 on new installations use the containerd image store',
    allowed: 'name and true or false; unknown names are ignored',
  },
  experimental: {
    help: 'Opens abilities that are not finished, for example checkpoints of containers. They may change or go with any version.',
  },
  pidfile: {
    help: 'File that holds the process number of dockerd. To be changed for a second dockerd on the same machine.',
    allowed: 'path; an empty text writes none',
  },

  // containerd
  containerd: {
    help: 'Socket of a containerd that runs by itself. The usual systemd unit passes it as a flag, and with both the engine does not start. Without either, dockerd starts one of its own.',
    default: 'a containerd that dockerd starts itself',
    allowed: 'path of a socket',
  },
  'containerd-namespace': {
    help: 'Name under which containers are kept in containerd. For a second dockerd on the same containerd; with another name, running containers are not found any more.',
    allowed: 'a name',
  },
  'cri-containerd': {
    help: 'Turns on the interface for Kubernetes in the containerd that dockerd starts. Has no effect on a separate containerd.',
  },
  'containerd-plugins-namespace': {
    help: 'Name under which plugins are kept in containerd. Every engine accepts this key and ignores it: only the flag of that name works.',
    allowed: 'a name',
  },

  // swarm
  'swarm-default-advertise-addr': {
    help: 'Address other nodes of a swarm reach this one at, when swarm init or join name none. Needed on a machine with several networks.',
    allowed: 'an IP address or the name of an interface',
  },
  'node-generic-resources': {
    help: 'Things this node has that services of a swarm can ask for, such as graphics cards, by count or by name.',
    allowed: 'KIND=COUNT or KIND=NAME',
  },

  // removed
  graph: {
    help: 'Former name of data-root. Write data-root with the same path; nothing on disk changes by that.',
  },
  'cluster-store': {
    help: 'Store of the old, separate Swarm for networks across machines. Today swarm is a part of the engine and needs none.',
  },
  'cluster-advertise': {
    help: 'Address under which this machine was known in the store of the old, separate Swarm.',
  },
  'cluster-store-opts': {
    help: 'Certificates and timing for the store of the old, separate Swarm.',
  },
  'oom-score-adjust': {
    help: 'How readily the kernel ends dockerd when memory runs out. Set OOMScoreAdjust= in the systemd unit instead.',
  },
  'api-cors-header': {
    help: 'Allowed pages of other sites to call the API. Put a reverse proxy in front of it if you need that.',
  },
  'allow-nondistributable-artifacts': {
    help: 'Registries that layers with a restricted licence were pushed to as well. From 28.0 on such layers are always pushed.',
    allowed: 'host, host:port or a network',
  },
  'deprecated-key-path': {
    help: 'File of the key that older engines were identified by. Newer ones have an identity of another kind and do not read it.',
  },
  'disable-legacy-registry': {
    help: 'Kept the engine from speaking the first version of the registry protocol, which no engine can any more.',
  },
  'api-enable-cors': {
    help: 'The forerunner of api-cors-header: it opened the API to pages of every site.',
  },
  'swarm-raft-heartbeat-tick': {
    help: 'An inner setting of swarm that no file can set. Every engine refuses the key.',
  },
  'swarm-raft-election-tick': {
    help: 'An inner setting of how a swarm chooses its leader. It has no key: every engine refuses it.',
  },
  'resolv-conf': {
    help: 'The resolv.conf that containers get a copy of. The engine finds it itself; in the file it is refused.',
  },
  'default-init': {
    help: 'Inner default for init-path. In the file it is refused; use init-path.',
  },
  'containerd-plugin-namespace': {
    help: 'The name under which the engine looks for the namespace of plugins, and at the same time one it refuses in the file. Use the flag --containerd-plugins-namespace.',
  },
}
