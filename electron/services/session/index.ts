import { randomUUID } from 'node:crypto'
import { userInfo } from 'node:os'
import { version } from '../../../package.json'
import type { OutputOf, Session } from '../../contract/contract'

export type SessionInfo = OutputOf<'session.get'>

export interface SessionService {
  /** What a session may do and whose program it speaks to. */
  describe(session: Session): SessionInfo
}

/** Describes sessions; `sandbox` is told anew each time, because its daemon may still be starting. */
export function createSessionService(sandbox: () => SessionInfo['sandbox']): SessionService {
  const instance = randomUUID()
  const user = whoami()
  return {
    describe({ access, carrier }) {
      const info: SessionInfo = {
        access: (['read', 'write', 'admin'] as const).filter((word) => access.has(word)),
        carrier,
        version,
        platform: process.platform,
        instance,
        user,
      }
      const daemon = sandbox()
      return daemon === undefined ? info : { ...info, sandbox: daemon }
    },
  }
}

function whoami(): SessionInfo['user'] {
  try {
    const { username, uid } = userInfo()
    return { name: username, uid, root: uid === 0 }
  } catch {
    // A user id without an entry in the user database, as in some containers.
    const uid = process.getuid?.() ?? -1
    return { name: String(uid), uid, root: uid === 0 }
  }
}
