import { shallowRef, watch } from 'vue'
import { useForm } from '../form-store'
import { same } from '../option'

/**
 * Rows of a list that is being edited: what is half typed stays in its row, also when the row leaves
 * the screen, and only whole rows are written. `write` gives undefined when nothing is left.
 */
export function useRows<Row>(
  name: string,
  value: () => unknown,
  read: (value: unknown) => Row[],
  write: (rows: readonly Row[]) => unknown,
  emit: (value: unknown) => void,
) {
  const form = useForm()
  const kept = form.scratch.get(name) as Row[] | undefined
  const current = value()
  const fresh = kept === undefined || !same(write(kept), nothingOf(current))
  const rows = shallowRef<Row[]>(fresh ? read(current) : kept)

  watch(value, (next) => {
    if (!same(write(rows.value), nothingOf(next))) keep(read(next))
  })

  function keep(next: Row[]): void {
    rows.value = next
    form.scratch.set(name, next)
  }

  function change(next: Row[]): void {
    const before = write(rows.value)
    keep(next)
    const after = write(next)
    if (!same(before, after)) emit(after)
  }

  return { rows, change }
}

/** An empty list or map has no rows, as an absent one. */
function nothingOf(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  return Object.keys(value).length === 0 ? undefined : value
}
