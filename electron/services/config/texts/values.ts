/** Faults of values, in the order of the rules. */
export const VALUE_TEXTS = {
  'value/type': { message: '"{key}" wants {term:expected}, and here is {found}.' },
  'value/size': { message: '"{key}" wants a size as a text, for example "64M".' },
  'value/ip': { message: '"{value}" is no IP address.' },
  'value/ip4': { message: '"{key}" wants an IPv4 address, and "{value}" is none.' },
  'value/word': { message: '"{key}" may not be "{value}".', hint: 'One of: {words}.' },
  'value/below': { message: '"{key}" may not be below {least}.' },
  'value/range': { message: '"{key}" must be from {least} to {most}.' },
  'value/pair': { message: '"{value}" is not of the form name=value.' },
  'value/absolute': { message: '"{key}" must be an absolute path.' },
  'value/no-file': { message: 'There is no file {path}.' },
  'value/is-a-folder': { message: '{path} is a folder.' },
  'value/not-a-folder': { message: '{path} is no folder.' },

  'value/log-driver': {
    message:
      'No log driver "{driver}" comes with the engine; unless a plugin brings it, no container can be created.',
  },
  'value/log-driver-options': {
    message:
      'No log driver "{driver}" comes with the engine; since it has options, the engine does not start unless a plugin brings it.',
  },
  'value/log-opt': {
    message: 'The log driver {driver} has no option "{option}".',
    hint: 'It has: {options}.',
  },
  'value/buffer-without-mode': {
    message: '"max-buffer-size" goes only with the mode non-blocking.',
    hint: 'Set "mode" to "non-blocking", or remove "max-buffer-size".',
  },
  'value/option-missing': { message: 'The log driver {driver} wants the option "{option}".' },
  'value/option-bool': {
    message: 'The option "{option}" may not be "{value}".',
    hint: 'One of: true, false.',
  },
  'value/option-number': { message: 'The option "{option}" wants another number than "{value}".' },
  'value/option-size': {
    message: 'The option "{option}" wants a size, and "{value}" is none.',
    hint: 'For example "10m".',
  },
  'value/option-duration': {
    message: 'The option "{option}" wants a duration, and "{value}" is none.',
    hint: 'For example "1s".',
  },
  'value/option-word': { message: 'The option "{option}" may not be "{value}".' },
  'value/option-address': {
    message: 'The option "{option}" wants an address such as tcp://host:port, and "{value}" is none.',
  },
  'value/option-later': {
    message:
      'The option "{option}" may not be "{value}"; the engine starts, and no container can be created.',
  },
  'value/max-file-alone': {
    message: '"max-file" without "max-size" keeps the engine from creating containers.',
    hint: 'Set "max-size" too, for example "10m".',
  },
  'value/compress-alone': {
    message: 'Logs are compressed only when they are rotated; as it stands no container can be created.',
    hint: 'Set "max-size", and "max-file" to 2 or more, or "compress" to "false".',
  },

  'value/plugin-name': { message: 'A plugin must have a name.', hint: 'Remove the empty entry.' },
  'value/namespaces': { message: 'Containers and plugins cannot share the containerd namespace "{value}".' },
  'value/no-socket': {
    message: 'There is no socket {path}; the engine waits for it for a minute and does not start.',
  },
  'value/no-socket-later': {
    message:
      'There is no socket {path}; the engine waits for it for a minute, and no container can be created.',
  },
  'value/mirror-url': { message: '"{mirror}" is no URL.', hint: 'For example "https://mirror.example.com".' },
  'value/mirror-scheme': {
    message: 'The mirror "{mirror}" does not begin with http:// or https://.',
    hint: 'For example "https://mirror.example.com".',
  },
  'value/mirror-query': {
    message: 'The mirror "{mirror}" has a query or a fragment.',
    hint: 'Write its address only.',
  },
  'value/mirror-user': { message: 'A mirror may not hold a user name or password.' },
  'value/mirror-path': { message: 'This engine takes no path in a mirror ("{mirror}").' },
  'value/mirror-no-host': { message: 'The mirror "{mirror}" names no host; no image can be pulled from it.' },
  'value/registry': { message: '"{value}" must be a host, host:port or a CIDR.' },
  'value/registry-scheme': {
    message: '"{value}" is taken without what stands before "://".',
    hint: 'Write host or host:port only.',
  },

  'value/cidr4': {
    message: '"{key}" wants an IPv4 network, and "{value}" is none.',
    hint: 'For example 172.26.0.1/16.',
  },
  'value/cidr6': {
    message: '"{key}" wants an IPv6 network, and "{value}" is none.',
    hint: 'For example fd00:26::/64.',
  },
  'value/network-address': {
    message: '{value} is the address of the network itself; the bridge wants one inside.',
  },
  'value/no-bridge': {
    message: 'There is no bridge "{name}" on this machine.',
    hint: 'Make it first, or use "bip" to give docker0 an address.',
  },
  'value/ipv6-subnet': {
    message: 'This engine wants to be told the IPv6 network of the default bridge.',
    hint: 'Set "fixed-cidr-v6" too.',
  },
  'value/ip6tables-experimental': {
    message: 'This engine takes "ip6tables" only together with "experimental": true.',
  },
  'value/outside': {
    message: '{value} lies outside of {network}; no container can be started on the default bridge.',
  },
  'value/gateway-outside': { message: 'The gateway {value} lies outside of {network}.' },
  'value/icc-iptables': {
    message: '"icc": false works through iptables, and "iptables" is false.',
    hint: 'Set one of them to true.',
  },
  'value/pool': { message: 'A pool wants a base such as "10.0.0.0/8" and a size.' },
  'value/pool-size': {
    message: 'A size of {size} does not fit into {base}; no network can be made from this pool.',
    hint: 'From {least} to {most}.',
  },
  'value/pool-no-ipv4': { message: 'Without a pool of IPv4 addresses the default bridge cannot be made.' },
  'value/host-gateways': { message: 'At most one IPv4 and one IPv6 address may stand here.' },
  'value/domain': { message: '"{value}" is no domain name.' },

  'value/runtime-reserved': { message: 'The name "runc" is reserved for the built-in runtime.' },
  'value/runtime-both': {
    message: 'The runtime "{runtime}" has both a path and a runtimeType.',
    hint: 'Remove one of them.',
  },
  'value/runtime-neither': {
    message: 'The runtime "{runtime}" has neither a path nor a runtimeType.',
    hint: 'Set "path" to its program.',
  },
  'value/runtime-args': {
    message: 'The runtime "{runtime}" has a runtimeType, and that takes no runtimeArgs.',
    hint: 'Use "options".',
  },
  'value/runtime-options': {
    message: 'The runtime "{runtime}" has a path, and that takes no options.',
    hint: 'Use "runtimeArgs".',
  },
  'value/runtime-path': {
    message: 'The runtime "{runtime}" has the path {path}, where there is no file; no container can use it.',
  },
  'value/runtime-unlisted': {
    message: 'The runtime "{runtime}" is not among "runtimes".',
    hint: 'Add it to "runtimes" with its path.',
  },
  'value/cgroup-driver': { message: 'There is no cgroup driver "{driver}".', hint: 'systemd or cgroupfs.' },
  'value/exec-opt': {
    message: 'There is no execution option "{option}".',
    hint: 'Only native.cgroupdriver is known here.',
  },
  'value/slice': {
    message: 'With the cgroup driver systemd, "{value}" must be a slice.',
    hint: 'For example "docker.slice".',
  },
  'value/ulimit': {
    message: 'The soft limit of "{name}" is above its hard limit; no container can be created.',
    hint: 'Lower "Soft" or raise "Hard".',
  },
  'value/ulimit-name': {
    message: 'There is no ulimit "{name}"; no container can be created.',
    hint: 'One of: {names}.',
  },

  'value/storage-driver': {
    message: 'This engine has no storage driver "{driver}".',
    hint: 'One of: {drivers}.',
  },
  'value/storage-driver-unknown': {
    message:
      '"{driver}" is no storage driver Porthole knows; the engine starts only if it has one of that name.',
  },
  'value/storage-opt': { message: 'The storage driver {driver} has no option "{option}".' },
  'value/storage-opt-any': { message: 'No storage driver has an option "{option}".' },
  'value/needs-xfs': {
    message: 'The storage option "{option}" works on XFS only, and {path} is on another file system.',
  },
  'value/storage-opt-value': { message: 'The storage option "{option}" may not be "{value}".' },

  'value/host': {
    message: 'The engine cannot listen on "{value}".',
    hint: 'An address begins with unix://, tcp:// or fd://.',
  },
  'value/host-path': {
    message: 'Nothing may follow the port in "{value}".',
    hint: 'A path is for unix:// only.',
  },
  'value/tls-missing': {
    message: 'With "{by}" in the file, "{key}" must be set too.',
    hint: 'Name the path of the certificate or key.',
  },
  'value/host-open': {
    message: 'Whoever reaches {value} is root on this machine: nothing asks for a certificate.',
    hint: 'Set "tlsverify", or listen on 127.0.0.1.',
  },
  'value/address-port': {
    message: '"{value}" is not of the form host:port.',
    hint: 'For example "127.0.0.1:9323".',
  },
  'value/address-host': {
    message: '"{value}" has no host before the port.',
    hint: 'For example "127.0.0.1:9323".',
  },
  'value/port': { message: 'There is no port {port}; the highest is 65535.' },
  'value/metrics-open': { message: 'Everybody who reaches this machine can read the metrics on {value}.' },
  'value/api-version': {
    message: '"{value}" is no API version this engine can go back to.',
    hint: 'From {least} on, for example "1.44".',
  },
  'value/group': { message: 'There is no group "{group}" on this machine.' },
  'value/user': { message: 'There is no user "{user}" on this machine.' },
  'value/no-subids': {
    message: 'The user "{user}" has no range of ids in /etc/subuid and /etc/subgid.',
    hint: 'Add one with usermod --add-subuids and --add-subgids.',
  },
  'value/rootless': {
    message: 'Rootless mode is for a dockerd that is started by dockerd-rootless.sh.',
    hint: 'Remove the key.',
  },
  'value/userns-form': { message: '"{value}" is not of the form user or user:group.' },
  'value/userns-containerd': {
    message: 'Remapped users do not go with images kept in containerd.',
    hint: 'Set the feature "containerd-snapshotter" to false.',
  },
  'value/no-plugin': {
    message: 'The engine has no plugin {plugins}; it ends when it is told to use it.',
    hint: 'Install the plugin first, or correct its name.',
  },

  'value/label': { message: 'The label "{value}" is not of the form name=value.' },
  'value/label-reserved': {
    message: 'Names of labels beginning with {prefix} are reserved for Docker.',
    hint: 'Use a domain of your own.',
  },
  'value/label-twice': { message: 'The label "{name}" stands here with two values.' },
  'value/feature': { message: 'No engine knows the feature "{feature}"; it is accepted and ignored.' },
  'value/resource-negative': { message: 'There cannot be less than none of "{name}".' },
  'value/resource-twice': {
    message: '"{name}" stands here both as a count and again.',
    hint: 'Name it once with its count, or several times with values that are no numbers.',
  },
  'value/gc-size': {
    message: '"{member}" wants a size, and "{value}" is none.',
    hint: 'For example "20GB".',
  },
  'value/gc-unused-for': {
    message: 'The filter "unused-for" wants a duration, and "{value}" is none.',
    hint: 'For example "unused-for=48h".',
  },
  'value/duration': {
    message: '"{key}" wants a duration, and "{value}" is none.',
    hint: 'For example "48h".',
  },
  'value/proxy': {
    message: '"{value}" is no URL of a proxy; the engine cannot pull through it.',
    hint: 'For example "http://proxy.example.com:3128".',
  },
} as const
