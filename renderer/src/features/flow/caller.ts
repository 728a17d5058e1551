import { useI18n } from 'vue-i18n'
import type { FlowRequest } from './reach'

/** Words for who sent a request; undefined where that is not known. */
export function useCaller(): (request: FlowRequest) => string | undefined {
  const { t } = useI18n()
  return ({ client, own }) => {
    if (own === true) return t('flow.self')
    if (client?.process !== undefined)
      return client.pid === undefined ? client.process : `${client.process} · ${client.pid}`
    return client?.userAgent ?? (client?.pid === undefined ? undefined : `pid ${client.pid}`)
  }
}
