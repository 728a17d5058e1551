import { applyConfig, type ApplyRequest, type ApplyResult } from '../apply'
import { requireConfigPath, requireRootSocket, trustedBinary, trustedDaemon } from '../paths'
import { validateWithDockerd } from '../validate'
import { HelperError, type Verb } from '../verb'
import { Input } from './input'
import { MAX_TEXT } from './validate'

let busy = false

/** Writes daemon.json and reloads the daemon; finishes or rolls back even when the caller is gone. */
export const apply: Verb<ApplyRequest, ApplyResult> = {
  name: 'apply',
  parse(input) {
    const fields = Input.of(input, ['path', 'text', 'baseHash', 'activate', 'pid', 'socketPath'])
    const baseHash = fields.text('baseHash', 64)
    if (!/^([0-9a-f]{64}|absent)$/.test(baseHash))
      throw new HelperError('helper/failed', '"baseHash" must be a sha256 in hex, or "absent".')
    return {
      path: fields.path('path'),
      text: fields.text('text', MAX_TEXT),
      baseHash,
      activate: fields.word('activate', ['reload', 'none']),
      pid: fields.optional('pid', (name) => fields.pid(name)),
      socketPath: fields.optional('socketPath', (name) => fields.path(name)),
    }
  },
  async run(request, { emit }) {
    if (busy) throw new HelperError('config/busy', 'Another change of daemon.json is under way.')
    busy = true
    try {
      const daemon = request.pid === undefined ? undefined : trustedDaemon(request.pid)
      requireConfigPath(request.path, daemon)
      if (request.socketPath !== undefined) requireRootSocket(request.socketPath)
      if (daemon !== undefined) {
        // The caller has asked this already, but the caller has less right than this program.
        const answer = await validateWithDockerd({
          binary: trustedBinary(daemon),
          argv: daemon.argv,
          text: request.text,
          path: request.path,
        })
        if (answer.verdict === 'refused')
          throw new HelperError('config/invalid', answer.message, { hint: 'Nothing was changed.' })
      }
      return await applyConfig(request, emit)
    } finally {
      busy = false
    }
  },
}
