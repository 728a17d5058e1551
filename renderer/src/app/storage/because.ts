import { useI18n } from 'vue-i18n'
import { fillText } from '../../lib/fill-text'
import { shortId } from '../../lib/format'
import { visibleText } from '../../lib/visible-text'
import type { StorageOwner } from './kinds'

/** Nobody reads sixty-four characters; as many as `docker ps` shows tell one from another. */
const ID = /^(sha256:)?[0-9a-f]{64}$/

type Reason = StorageOwner['because'][number]

/**
 * Says in the reader's language why something belongs to whom. A reason this window does not know, or
 * one that lacks a value, is told by its code: a proof that cannot be read is still one.
 */
export function useBecause(): (reason: Reason) => string {
  const { t, tm, te } = useI18n()
  return ({ code, values }) => {
    const shown = Object.fromEntries(
      Object.entries(values).map(([name, value]) => [
        name,
        visibleText(ID.test(value) ? shortId(value) : value),
      ]),
    )
    const key = `because.${code}`
    const text = te(key) ? fillText(String(tm(key)), shown) : undefined
    return text ?? t('because.other', { code: visibleText(code) })
  }
}
