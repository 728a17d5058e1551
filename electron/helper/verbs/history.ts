import { requireFileOf } from '../config-path'
import { readHistory, type HistoryRead } from '../history'
import { tidy } from '../tidy'
import { HelperError, type Verb } from '../verb'
import { Input } from './input'

interface HistoryInput {
  path: string
  pid: number | undefined
  limit: number
}

/** The history of a daemon.json where only root may read it. */
export const history: Verb<HistoryInput, HistoryRead> = {
  name: 'history',
  parse(input) {
    const fields = Input.of(input, ['path', 'pid', 'limit'])
    const limit = fields.number('limit')
    if (limit < 1 || limit > 500) throw new HelperError('helper/failed', '"limit" must be from 1 to 500.')
    return { path: fields.path('path'), pid: fields.optional('pid', (name) => fields.pid(name)), limit }
  },
  async run({ path, pid, limit }) {
    await requireFileOf(path, pid)
    await tidy(path)
    return readHistory(path, limit)
  },
}
