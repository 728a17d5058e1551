import { execFileSync } from 'node:child_process'
import { KEEPER_FLAG, runKeeper } from './keeper'
import { HOLD_FLAG, runHold } from './record-keeper'
import { serve } from './session'
import { runWalk, WALK_FLAG } from './storage/walk-process'
import { verbs } from './verbs'

/**
 * The privileged helper: started as root by pkexec, asked over its standard input and output,
 * ended when its input ends. Of the environment it takes only who called (pkexec sets PKEXEC_UID
 * itself); its start script passes no arguments on.
 */
async function help(): Promise<void> {
  const calledBy = process.env['PKEXEC_UID']
  for (const name of Object.keys(process.env))
    if (name !== 'PKEXEC_UID') Reflect.deleteProperty(process.env, name)
  process.env['PATH'] = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
  process.env['HOME'] = '/root'
  process.umask(0o022)

  const caller = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 }
  if (calledBy !== undefined && /^\d+$/.test(calledBy)) {
    caller.uid = Number(calledBy)
    // The primary group is in whatever directory the system asks, which id(1) knows.
    caller.gid = Number(execFileSync('id', ['-g', calledBy], { encoding: 'utf8' }))
  }

  // Ctrl-C in the caller's terminal and the caller's death reach this process too. What is being
  // written is finished or undone first; the end of the input ends the rest.
  for (const signal of ['SIGINT', 'SIGHUP', 'SIGTERM', 'SIGPIPE'] as const)
    process.on(signal, () => {
      if (signal === 'SIGTERM') process.stdin.destroy()
    })

  await serve(process.stdin, process.stdout, verbs, caller)
}

/** The same program as what the helper, or Porthole run by root, starts to see a change through. */
async function keepOn(run: typeof runKeeper): Promise<void> {
  Reflect.deleteProperty(process.env, 'ELECTRON_RUN_AS_NODE')
  await run(process.stdin, process.stdout)
}

function start(flag: string | undefined): Promise<void> {
  if (flag === KEEPER_FLAG) return keepOn(runKeeper)
  if (flag === WALK_FLAG) return runWalk()
  return flag === HOLD_FLAG ? keepOn(runHold) : help()
}

void start(process.argv[2]).then(() => process.exit(0))
