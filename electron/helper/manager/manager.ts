/** Who starts and stops dockerd; the contract's `Manager`. */
export type ManagerKind = 'systemd' | 'systemd-user' | 'sysv' | 'snap' | 'desktop' | 'process' | 'none'

/** What the manager says of the daemon; systemd's own words where it is systemd. */
export interface ManagedState {
  manager: ManagerKind
  unit?: string
  /** `active`, `inactive`, `failed`, `activating`, … */
  activeState?: string
  /** `running`, `dead`, `auto-restart`, … */
  subState?: string
  /** Why the last run ended: `success`, `exit-code`, `start-limit-hit`, … */
  result?: string
  /** Automatic restarts since the last deliberate start. */
  restarts?: number
  /** A socket unit would start the daemon again at the next connection. */
  socketUnit?: string
  /** pid of dockerd while it runs. */
  pid?: number
}

/** Takes one line about what was done, for people: commands run, signals sent. */
export type Note = (line: string) => void

/**
 * Starts and stops one dockerd the way this machine does it. Each call resolves when the manager
 * has done it: whether the daemon then serves is for the caller to prove. They reject with a
 * HelperError: `engine/no-manager`, `engine/not-started`, `engine/not-stopped`.
 */
export interface ServiceManager {
  readonly kind: ManagerKind
  readonly unit?: string
  /** Whether this process could start and stop it; false where it is another's to do. */
  readonly controllable: boolean
  /** File dockerd's output goes to, where the manager decides that and it is one. */
  readonly logFile?: string
  state(): Promise<ManagedState>
  /** Past a start limit too. Does nothing when it runs. */
  start(note: Note): Promise<void>
  /** With the socket unit that would start it again. Never sends SIGKILL. */
  stop(note: Note): Promise<void>
  /** Starts it when it is down. Goes on to the end when the calling process is killed meanwhile. */
  restart(note: Note): Promise<void>
  /** Has it read its file again; the proof is the caller's. */
  reload(note: Note): Promise<void>
  /** Command line it is started with, program first, when that is known. */
  command(): Promise<readonly string[] | undefined>
  /** Absolute path of the daemon.json that command line names, or that its kind of daemon reads. */
  configFile(): Promise<string | undefined>
}
