import { execFileSync } from 'node:child_process'
import type { ApplyRequest, ApplyResult } from '../apply'
import { requireFileOf, requireSocketOf } from '../config-path'
import { keep } from '../keeper'
import { trustedBinary } from '../paths'
import { validateWithDockerd } from '../validate'
import { HelperError, type Verb } from '../verb'
import { Input } from './input'
import { MAX_TEXT } from './validate'

/**
 * Changes daemon.json and brings it into force; finishes or rolls back even when the caller is
 * gone, and this helper with it.
 */
export const apply: Verb<ApplyRequest, ApplyResult> = {
  name: 'apply',
  parse(input) {
    const fields = Input.of(input, [
      'path',
      'text',
      'remove',
      'baseHash',
      'activate',
      'kind',
      'pid',
      'socketPath',
    ])
    const baseHash = fields.text('baseHash', 64)
    if (!/^([0-9a-f]{64}|absent)$/.test(baseHash))
      throw new HelperError('helper/failed', '"baseHash" must be a sha256 in hex, or "absent".')
    const remove = fields.optional('remove', (name) => fields.flag(name)) === true
    return {
      path: fields.path('path'),
      text: remove ? null : fields.text('text', MAX_TEXT),
      baseHash,
      activate: fields.word('activate', ['reload', 'restart', 'none']),
      kind: fields.optional('kind', (name) => fields.word(name, ['apply', 'restore'])),
      pid: fields.optional('pid', (name) => fields.pid(name)),
      socketPath: fields.optional('socketPath', (name) => fields.path(name)),
    }
  },
  async run(request, { emit, caller }) {
    const daemon = await requireFileOf(request.path, request.pid)
    if (request.socketPath !== undefined) requireSocketOf(request.socketPath, daemon)
    if (daemon !== undefined && request.text !== null) {
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
    return keep({ ...request, user: nameOf(caller.uid) }, emit)
  },
}

/** Login name of a user, or the number where it has none. */
function nameOf(uid: number): string {
  try {
    return execFileSync('id', ['-un', String(uid)], { encoding: 'utf8' }).trim()
  } catch {
    return String(uid)
  }
}
