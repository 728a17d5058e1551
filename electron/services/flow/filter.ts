import type { ParsedInputOf } from '../../contract/contract'
import type { FlowRequest } from './requests'

export type RequestsInput = ParsedInputOf<'flow.requests'>

/** Whether a request, as it is now, is asked for. */
export function matcher(input: RequestsInput): (request: FlowRequest) => boolean {
  const { by, methods, minStatus, minDurationMs, hideOwn, hideHealthChecks } = input
  const path = input.path?.toLowerCase() ?? ''
  const client = input.client?.toLowerCase() ?? ''
  return (request) =>
    !(hideOwn === true && request.own === true) &&
    !(hideHealthChecks === true && request.healthCheck === true) &&
    (by === undefined || request.observedBy.some((one) => by.includes(one))) &&
    (methods === undefined || methods.length === 0 || methods.includes(request.method)) &&
    (minStatus === undefined || (request.status ?? 0) >= minStatus) &&
    (minDurationMs === undefined || (request.durationMs ?? -1) >= minDurationMs) &&
    (path === '' ||
      request.path.toLowerCase().includes(path) ||
      request.route.toLowerCase().includes(path)) &&
    (client === '' || isOf(request, client))
}

function isOf({ client }: FlowRequest, text: string): boolean {
  if (!client) return false
  return (
    String(client.pid ?? '') === text ||
    (client.process?.toLowerCase().includes(text) ?? false) ||
    (client.userAgent?.toLowerCase().includes(text) ?? false)
  )
}
