import { AppError } from '../../../contract/errors'
import type { Back } from '../../../helper/record-back'
import { holdDebug, type Held } from '../../../helper/record-keeper'
import type { ConfigFile } from '../../config'
import { fromHelper } from '../../privileged'
import type { RecordingDependencies } from './index'

/** More milliseconds than the recording takes: debug goes back then even where Porthole hangs. */
const MARGIN_MS = 10_000

/** Whether debug is to be switched for a recording, and what goes with it. */
export interface DebugPlan {
  debug: 'switched' | 'was-on' | 'left'
  /** How it is switched, where it is. */
  hold?: (told: Hold) => Promise<Back | 'untouched'>
  /** What `log-level` says; off, debug takes dockerd's level to `info` whatever that is. */
  levelLost?: string
}

interface Hold {
  forMs: number
  signal: AbortSignal
  onHeld: (held: Held) => void
  /** Called when the system is about to ask for a password, and when it has. */
  onAsk: (asking: boolean) => void
}

/**
 * Finds out whether debug has to be switched, and whether that may be done. Throws `recording/flag`,
 * `recording/drift`, `engine/no-process`, `config/*`, `helper/unavailable`; nothing is changed here.
 */
export async function planDebug(deps: RecordingDependencies, wanted: 'switch' | 'leave'): Promise<DebugPlan> {
  const { engine, privileged, config } = deps
  await engine.settled()
  const { engine: about } = await engine.status(AbortSignal.timeout(10_000))
  if (about?.debug === true) return { debug: 'was-on' }
  if (wanted === 'leave') return { debug: 'left' }
  const [file, daemon, socketPath] = [
    await (await config()).read(),
    await engine.process(),
    engine.socketPath,
  ]
  if (about === undefined || daemon === undefined || socketPath === undefined)
    throw new AppError(
      'engine/no-process',
      'There is no running dockerd on this machine to switch debug of.',
      {
        hint: 'flow.recordSeen records what can be seen without it.',
      },
    )
  refuse(file)
  const level = String(file.effective.find(({ key }) => key === 'log-level')?.value ?? 'info')
  const request = { path: file.path, pid: daemon.pid, socketPath }
  return {
    debug: 'switched',
    ...(level === 'info' ? {} : { levelLost: level }),
    async hold({ forMs, signal, onHeld, onAsk }) {
      const lasting = forMs + MARGIN_MS
      if (file.writeThrough === 'process')
        return holdDebug({ ...request, forMs: lasting }, { signal, onHeld }).catch((error: unknown) => {
          throw fromHelper(error)
        })
      onAsk(true)
      await privileged.run('hello', {})
      onAsk(false)
      const { path: _, ...of } = request
      const answer = await privileged.run(
        'debug-for',
        { ...of, forMs: lasting },
        { signal, onProgress: (progress) => onHeld(progress as Held) },
      )
      return (answer as { back: Back | 'untouched' }).back
    },
  }
}

function refuse({ path, linkTarget, writeThrough, flags, effective }: ConfigFile): void {
  if (linkTarget !== undefined)
    throw new AppError('config/symlink', `${path} is a symbolic link, and Porthole writes through none.`, {
      hint: `Name the file itself with --config ${linkTarget}.`,
      detail: { path, target: linkTarget },
    })
  if (flags.some(({ key }) => key === 'debug'))
    throw new AppError(
      'recording/flag',
      'dockerd was started with --debug=false, which no file can change.',
      {
        hint: 'Take the flag away, or record what can be seen without debug.',
      },
    )
  // A reload reads the whole file: what waits for one would come into force by the way.
  const waiting = effective.filter(({ drift, why }) => drift === true && why === 'needs-reload')
  if (waiting.length > 0)
    throw new AppError('recording/drift', `${path} holds changes that the reload would bring into force.`, {
      hint: 'Bring them into force, or take them back, and record then.',
      detail: { path, keys: waiting.map(({ key }) => key).join(', ') },
    })
  if (writeThrough === 'none')
    throw new AppError('helper/unavailable', `This user may not write ${path}.`, {
      hint: 'Run Porthole as root, or install pkexec and the helper.',
      detail: { path },
    })
}
