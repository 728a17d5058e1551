import { z } from 'zod'
import { request } from '../define'

export const AccessWord = z.enum(['read', 'write', 'admin'])

export const SessionInfo = z.object({
  access: z.array(AccessWord),
  carrier: z.enum(['ipc', 'websocket', 'process']),
  version: z.string(),
  platform: z.string(),
  /** Changes with each start of the host: `seq` numbers of another instance mean nothing. */
  instance: z.string(),
  user: z.object({ name: z.string(), uid: z.int(), root: z.boolean() }),
  /** Set while Porthole runs a private daemon of its own. */
  sandbox: z.object({ socket: z.string(), dataRoot: z.string(), log: z.string() }).optional(),
})

export const session = {
  /** What this session may do, and by which carrier it came. */
  'session.get': request({ access: 'read', input: z.strictObject({}), output: SessionInfo }),
}
