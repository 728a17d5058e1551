/**
 * What `systemctl show --property=…` of systemd 252 prints for units of dockerd, in its own order
 * and spelling; put together from its documentation and source, since no systemd runs where tests do.
 */
export const SHOWN = {
  active: `Result=success
NRestarts=0
ExecStart={ path=/usr/bin/dockerd ; argv[]=/usr/bin/dockerd -H fd:// --containerd=/run/containerd/containerd.sock ; ignore_errors=no ; start_time=[Tue 2026-01-13 08:12:40 UTC] ; stop_time=[n/a] ; pid=812 ; code=(null) ; status=0/0 }
Environment=
MainPID=812
TriggeredBy=docker.socket
LoadState=loaded
ActiveState=active
FragmentPath=/lib/systemd/system/docker.service
DropInPaths=
SubState=running
`,
  /** Four starts with a broken file within a minute. */
  startLimitHit: `Result=start-limit-hit
NRestarts=3
ExecStart={ path=/usr/bin/dockerd ; argv[]=/usr/bin/dockerd -H fd:// --containerd=/run/containerd/containerd.sock ; ignore_errors=no ; start_time=[Tue 2026-01-13 08:14:02 UTC] ; stop_time=[Tue 2026-01-13 08:14:02 UTC] ; pid=1377 ; code=exited ; status=1 }
Environment=
MainPID=0
TriggeredBy=docker.socket
LoadState=loaded
ActiveState=failed
FragmentPath=/lib/systemd/system/docker.service
DropInPaths=
SubState=failed
`,
  /** Between two of them. */
  autoRestart: `Result=exit-code
NRestarts=1
ExecStart={ path=/usr/bin/dockerd ; argv[]=/usr/bin/dockerd -H fd:// --containerd=/run/containerd/containerd.sock ; ignore_errors=no ; start_time=[Tue 2026-01-13 08:13:58 UTC] ; stop_time=[Tue 2026-01-13 08:13:58 UTC] ; pid=1371 ; code=exited ; status=1 }
Environment=
MainPID=0
TriggeredBy=docker.socket
LoadState=loaded
ActiveState=activating
FragmentPath=/lib/systemd/system/docker.service
DropInPaths=
SubState=auto-restart
`,
  /** Installed and stopped; with a drop-in and a variable, as a proxy or another file is set. */
  inactive: `Result=success
NRestarts=0
ExecStart={ path=/usr/sbin/dockerd ; argv[]=/usr/sbin/dockerd -H fd:// --containerd=/run/containerd/containerd.sock --data-root \${PLACE}/docker $DOCKER_OPTS ; ignore_errors=no ; start_time=[n/a] ; stop_time=[n/a] ; pid=0 ; code=(null) ; status=0/0 }
Environment=PLACE=/srv "DOCKER_OPTS=--config-file /srv/daemon.json -D" HTTP_PROXY=http://proxy.example:3128
MainPID=0
TriggeredBy=docker.socket
LoadState=loaded
ActiveState=inactive
FragmentPath=/lib/systemd/system/docker.service
DropInPaths=/etc/systemd/system/docker.service.d/10-place.conf /etc/systemd/system/docker.service.d/proxy.conf
SubState=dead
`,
  /** A name nobody has heard of; systemctl exits 0 all the same. */
  notFound: `Result=success
NRestarts=0
MainPID=0
LoadState=not-found
ActiveState=inactive
FragmentPath=
DropInPaths=
SubState=dead
`,
  masked: `Result=success
NRestarts=0
MainPID=0
LoadState=masked
ActiveState=inactive
FragmentPath=/etc/systemd/system/docker.service
DropInPaths=
SubState=dead
`,
  /** Of a user's own manager: the main process is the rootless wrapper, not dockerd. */
  user: `Result=success
NRestarts=0
ExecStart={ path=/usr/bin/dockerd-rootless.sh ; argv[]=/usr/bin/dockerd-rootless.sh ; ignore_errors=no ; start_time=[Tue 2026-01-13 08:12:52 UTC] ; stop_time=[n/a] ; pid=1804 ; code=(null) ; status=0/0 }
Environment=PATH=/usr/bin:/sbin:/usr/sbin
MainPID=1804
LoadState=loaded
ActiveState=active
FragmentPath=/home/ann/.config/systemd/user/docker.service
DropInPaths=
SubState=running
`,
} as const
