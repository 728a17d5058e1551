import type { Node } from 'jsonc-parser'
import { entries, memberOf, textIn } from '../nodes'
import { isDuration, isSize } from '../units'
import type { Checked, Rule } from './checked'

const MEMBERS = ['gc', 'entitlements', 'history']

/** Unknown members are passed over without a word. */
const members: Rule = (file) => {
  for (const { name, nameNode } of entries(file.node('builder')))
    if (!MEMBERS.includes(name.toLowerCase()))
      file.warning(
        'builder',
        'key/unknown-member',
        { key: 'builder', member: name, members: MEMBERS.join(', ') },
        nameNode,
      )
}

const GC_SIZES = ['defaultKeepStorage', 'defaultReservedSpace', 'defaultMaxUsedSpace', 'defaultMinFreeSpace']
const RULE_SIZES = ['keepStorage', 'reservedSpace', 'maxUsedSpace', 'minFreeSpace']

/** Sizes and filters are read while the engine starts, unless collecting is off. */
const collecting: Rule = (file) => {
  const node = file.node('builder')
  const gc = node === undefined ? undefined : memberOf(node, 'gc')
  if (gc === undefined || memberOf(gc, 'enabled')?.value === false) return
  checkSizes(gc, GC_SIZES, file)
  for (const rule of memberOf(gc, 'policy')?.children ?? []) {
    checkSizes(rule, RULE_SIZES, file)
    for (const item of memberOf(rule, 'filter')?.children ?? []) checkFilter(item, file)
  }
}

function checkSizes(node: Node, names: readonly string[], file: Checked): void {
  for (const member of names) {
    if (member.endsWith('Space') && !file.since('28.0')) continue
    const size = memberOf(node, member)
    const value = textIn(size)
    if (value !== undefined && value !== '' && !isSize(value))
      file.error('builder', 'value/gc-size', { member, value }, size)
  }
}

/** How long a record must have been unused; older engines have it under `until` too. */
function checkFilter(item: Node, file: Checked): void {
  const [name = '', value = ''] = (textIn(item) ?? '').split('=', 2)
  if (
    ['unused-for', 'until'].includes(name) &&
    !isDuration(value) &&
    Number.isNaN(Number(value)) &&
    Number.isNaN(Date.parse(value))
  )
    file.error('builder', 'value/gc-unused-for', { value }, item)
}

/** A negative number ends the engine without a word. */
const history: Rule = (file) => {
  const node = file.node('builder')
  const kept = node === undefined || !file.since('24.0') ? undefined : memberOf(node, 'history')
  if (kept === undefined) return
  const age = textIn(memberOf(kept, 'maxAge'))
  if (age !== undefined && !isDuration(age) && !/^\d+$/.test(age))
    file.error('builder', 'value/duration', { key: 'maxAge', value: age }, memberOf(kept, 'maxAge'))
  const most = memberOf(kept, 'maxEntries')
  if (typeof most?.value === 'number' && most.value < 0)
    file.error('builder', 'value/below', { key: 'maxEntries', least: '0' }, most)
}

export const BUILDER: readonly Rule[] = [members, collecting, history]
