import type { Node } from 'jsonc-parser'
import { entries, memberOf, textIn } from '../nodes'
import { objectOf, type Checked, type Rule } from './checked'
import { isMissing } from './machine'

/** Runtimes are looked at when the engine starts and on reload; `--validate` skips them. */
const runtimes: Rule = (file) => {
  const modern = file.since('23.0')
  for (const { name, nameNode, node } of entries(file.node('runtimes'))) {
    if (name === 'runc') {
      file.error('runtimes', 'value/runtime-reserved', {}, nameNode)
      continue
    }
    if (!modern) continue
    const has = (field: string): boolean => {
      const value: unknown = memberOf(node, field)?.value
      return typeof value === 'string' && value !== ''
    }
    const values = { runtime: name }
    if (has('path') && has('runtimeType')) file.error('runtimes', 'value/runtime-both', values, nameNode)
    else if (!has('path') && !has('runtimeType'))
      file.error('runtimes', 'value/runtime-neither', values, nameNode)
    else if (has('path') && isSet(memberOf(node, 'options')))
      file.error('runtimes', 'value/runtime-options', values, nameNode)
    else if (has('runtimeType') && isSet(memberOf(node, 'runtimeArgs')))
      file.error('runtimes', 'value/runtime-args', values, nameNode)
    else checkPath(name, textIn(memberOf(node, 'path')), nameNode, file)
  }
}

/** Whether a list or an object holds anything. */
function isSet(node: Node | undefined): boolean {
  return (node?.children ?? []).length > 0
}

function checkPath(runtime: string, path: string | undefined, where: Node, file: Checked): void {
  if (path !== undefined && isMissing(path))
    file.warning('runtimes', 'value/runtime-path', { runtime, path }, where)
}

/** A name containerd can make a shim's of; a path it would start as root is not taken. */
function isShimName(name: string): boolean {
  return name.includes('.') && !name.includes('/') && !name.startsWith('.')
}

const defaultRuntime: Rule = (file) => {
  const name = file.text('default-runtime')
  if (name === undefined || name === 'runc') return
  // Names of containerd's own runtimes pass without being listed.
  if (file.since('23.0') && isShimName(name)) return
  if (!listed(file).has(name)) file.error('default-runtime', 'value/runtime-unlisted', { runtime: name })
}

/** 20.10 looks at the file alone; later ones at the file and the flags together. */
function listed(file: Checked): Set<string> {
  const names = new Set(Object.keys(objectOf(file.value('runtimes'))))
  if (file.since('23.0'))
    for (const flag of file.target.flags)
      if (flag.key === 'runtimes') names.add(flag.value.split('=')[0] ?? '')
  return names
}

const CGROUP_DRIVER = 'native.cgroupdriver'

const execOpts: Rule = (file) => {
  for (const { text, node } of file.items('exec-opts')) {
    const { name, value } = execOption(text)
    if (name === CGROUP_DRIVER) {
      // An empty one is passed over, and refused from 28.0 on.
      const known = ['cgroupfs', 'systemd', ...(file.since('28.0') ? [] : [''])]
      if (!known.includes(value)) file.error('exec-opts', 'value/cgroup-driver', { driver: value }, node)
    } else if (file.since('28.0')) file.error('exec-opts', 'value/exec-opt', { option: text }, node)
    else file.warning('exec-opts', 'value/exec-opt', { option: text }, node)
  }
}

function execOption(text: string): { name: string; value: string } {
  const equals = text.indexOf('=')
  const name = equals < 0 ? text : text.slice(0, equals)
  return { name: name.trim().toLowerCase(), value: equals < 0 ? '' : text.slice(equals + 1) }
}

/** systemd puts containers into slices only. */
const cgroupParent: Rule = (file) => {
  const parent = file.text('cgroup-parent')
  const set = file.inForce('exec-opts')
  const options: unknown[] = Array.isArray(set) ? set : []
  const driver = options
    .filter((each): each is string => typeof each === 'string')
    .map(execOption)
    .findLast((each) => each.name === CGROUP_DRIVER)
  if (parent !== undefined && driver?.value === 'systemd' && !/^[^/]+\.slice$/.test(parent))
    file.error('cgroup-parent', 'value/slice', { value: parent })
}

export const RUNTIMES: readonly Rule[] = [runtimes, defaultRuntime, execOpts, cgroupParent]
