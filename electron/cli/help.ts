import type { Command } from './command-line'

const ENGINE = `Which daemon (for every command):
  --endpoint URL            unix:///path or tcp://host:port; else DOCKER_HOST, the docker context,
                            the platform's own socket
  --config FILE             another daemon.json
  --data-root PATH          where these cannot be found from the running daemon
  --pidfile FILE
  --dockerd FILE
  --daemon-log FILE
  --sandbox                 a private daemon, started and removed with this command (as root,
                            rootless where that is installed, or with a password)
  --sandbox-dockerd FOLDER  with the dockerd to use for it`

const GENERAL = `porthole: a window into the Docker daemon of this machine

Usage:
  porthole call NAME [JSON]    ask once; prints one JSON document
  porthole watch NAME [JSON]   follow; prints one JSON item a line
  porthole tap                 a socket that shows the requests of those who use it
  porthole serve               the window, in a browser
  porthole check-image IMAGE   fail a build whose image wastes space

${ENGINE}

  -h, --help                also after a command
  -v, --version

NAME is an entry of docs/contract.md, for example engine.status, config.read, events.watch.
Exit status: 0 done, 1 failed (a coded error as JSON on stderr), 2 not understood.
`

const COMMANDS: Record<Command, string> = {
  call: `Usage: porthole call NAME [JSON | -]

Asks one request of the contract and prints its answer as one JSON document. JSON is its input;
"-" reads it from standard input. A failure is printed on stderr as
{"code": …, "message": …, "hint": …} with exit status 1.

  porthole call engine.status
  porthole call config.check '{"text": "{\\"debug\\": true}", "depth": "validate"}'

${ENGINE}
`,
  watch: `Usage: porthole watch NAME [JSON | -] [--limit N] [--for MS]

Follows one stream of the contract and prints one JSON item a line until it is interrupted,
which is its normal end (exit status 0), or:
  --limit N                 after N items
  --for MS                  after so many milliseconds
Items lost because the reader was slow are counted on stderr.

  porthole watch events.watch
  porthole watch daemonLog.watch '{"level": "error"}' --limit 10

${ENGINE}
`,
  tap: `Usage: porthole tap [options]

Opens a socket that forwards to dockerd's, byte for byte, and prints DOCKER_HOST for it; then each
request that passes: time, status, duration, method, path, client. Runs until it is interrupted,
which is its normal end (exit status 0). Whoever may open the socket has the whole daemon: it is
for this user alone.
  --socket PATH             where to listen; a new private folder when not given
  --context NAME            make a docker context for it, removed at the end
  -q, --quiet               print no requests

  porthole tap --context tapped
  docker --context tapped run --rm busybox true

${ENGINE}
`,
  'check-image': `Usage: porthole check-image IMAGE|ARCHIVE [--min-efficiency RATIO] [--max-wasted SIZE]

Reads the layers of an image and checks what they waste: files that are in more than one layer, or
were removed again. Prints the figures and each file that wastes most; exit status 1, and why on
stderr, when a limit is not kept. ARCHIVE is what docker save writes, and begins with /, ./ or ../
(its first image; no daemon is needed).
  --min-efficiency RATIO    from 0 to 1: bytes needed, of all bytes in the layers
  --max-wasted SIZE         for example 20MB (10^6) or 20MiB (2^20)

  porthole check-image app:1 --min-efficiency 0.95 --max-wasted 20MB
  porthole check-image ./app.tar --max-wasted 20MB

${ENGINE}
`,
  serve: `Usage: porthole serve [options]

Serves the window to a browser and prints a link that works once; when it was used, the next one
is printed. Runs until it is interrupted.
  --port N                  7414, or a free one when that is taken; 0 takes any
  --host ADDR               127.0.0.1; any other address needs TLS or --insecure
  --tls-cert FILE           PEM certificate
  --tls-key FILE            and its key
  --insecure                allow an address others can reach without TLS
  --read-only               look, change nothing
  --allow-admin             allow changes of daemon.json too (always, with --sandbox)

${ENGINE}
`,
}

/** The text of `--help`. */
export function helpText(command: Command | undefined): string {
  return command === undefined ? GENERAL : COMMANDS[command]
}
