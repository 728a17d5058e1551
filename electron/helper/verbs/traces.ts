import { keepTraces } from '../keeper'
import type { TracesRequest, TracesResult } from '../traces'
import { requireTracesEndpoint } from '../traces-environment'
import type { Verb } from '../verb'
import { Input } from './input'
import { lifeFields, trusted } from './lifecycle'

/** Longest `http://127.0.0.1:PORT`. */
const MAX_ENDPOINT = 'http://127.0.0.1:65535'.length

/**
 * Has systemd start dockerd with its traces sent to an address of this machine. The caller chooses a
 * port and nothing else: unit, folder, file and text are found and made here.
 */
export const sendTraces: Verb<TracesRequest, TracesResult> = {
  name: 'send-traces',
  parse(input) {
    const fields = Input.of(input, ['path', 'pid', 'socketPath', 'endpoint'])
    return { ...lifeFields(fields), endpoint: requireTracesEndpoint(fields.text('endpoint', MAX_ENDPOINT)) }
  },
  run,
}

/** Takes that out of dockerd's unit again. */
export const endTraces: Verb<TracesRequest, TracesResult> = {
  name: 'end-traces',
  parse(input) {
    return { ...lifeFields(Input.of(input, ['path', 'pid', 'socketPath'])), endpoint: null }
  },
  run,
}

function run(request: TracesRequest, { emit }: Parameters<Verb<TracesRequest, TracesResult>['run']>[1]) {
  return keepTraces({ ...trusted(request), endpoint: request.endpoint }, emit)
}
