import { resolve } from 'node:path'
import { objectOf, type Checked, type Rule } from './checked'
import { hasSubIds, isFolder, isMissing, isUnknownGroup, isUnknownUser } from './machine'

/** Words that stand for no file. */
function isProfileName(name: string, file: Checked): boolean {
  return name === 'unconfined' || (name === 'builtin' && file.since('23.0'))
}

const seccomp: Rule = (file) => {
  const profile = file.text('seccomp-profile')
  if (profile === undefined || isProfileName(profile, file)) return
  // A service manager starts dockerd in the root folder.
  const path = resolve('/', profile)
  if (isMissing(path) || isFolder(path)) file.error('seccomp-profile', 'value/no-file', { path })
}

const userns: Rule = (file) => {
  const spec = file.text('userns-remap')
  if (spec === undefined) return
  const [user = '', group, ...more] = spec.split(':')
  if (more.length > 0) file.error('userns-remap', 'value/userns-form', { value: spec })
  else if (user !== 'default') {
    if (isUnknownUser(user)) file.error('userns-remap', 'value/user', { user })
    else if (isUnknownGroup(group ?? user))
      file.error('userns-remap', 'value/group', { group: group ?? user })
    else if (!['root', '0'].includes(user) && !hasSubIds(user))
      file.error('userns-remap', 'value/no-subids', { user })
  }
  usernsAndContainerd(file)
}

/** The image store in containerd knows no remapped ids. */
function usernsAndContainerd(file: Checked): void {
  const features = objectOf(file.inForce('features'))
  if (file.since('29.0') && features['containerd-snapshotter'] === true)
    file.error('userns-remap', 'value/userns-containerd', {})
}

/** The wrapper of rootless mode gives it as a flag. */
const rootless: Rule = (file) => {
  if (file.value('rootless') === true) file.error('rootless', 'value/rootless', {})
}

const authorization: Rule = (file) => {
  for (const { text, node } of file.items('authorization-plugins'))
    if (text === '') file.error('authorization-plugins', 'value/plugin-name', {}, node)
}

export const SECURITY: readonly Rule[] = [seccomp, userns, rootless, authorization]
