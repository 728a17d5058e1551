/** What a person may say on the command line of the window, the server and the CLI alike. */
export interface ServiceOptions {
  /** `--endpoint URL` */
  endpoint?: string
  /** `--config FILE` */
  configFile?: string
  /** `--data-root PATH` */
  dataRoot?: string
  /** `--pidfile FILE` */
  pidfile?: string
  /** `--dockerd FILE` */
  dockerd?: string
  /** `--daemon-log FILE` */
  daemonLog?: string
  /** The environment to read DOCKER_HOST and the like from. */
  env: NodeJS.ProcessEnv
  /** Where Porthole's own log goes: one line, English. */
  log: (line: string) => void
}
